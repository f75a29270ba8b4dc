"""A conformance kit for side tables: from small indices in a graph to live objects.

* `run` judges a target and returns a `Report`, which has a `Result` with a `Verdict` for each
  `Requirement`. `Session` does the same at its caller's pace.
* `Table` says which names a target has to have, and `SettableTable` what it may have besides.
  PyTorch's names do as well.
* `requirements` returns the list of what is asked, and `EDITIONS` whose rules there are.
* `read_report` reads back what `Report.to_json` wrote.
* `TargetError` says that a target cannot be used, `InputError` that a file cannot, and `KitError`
  that the kit itself is at fault.

The command line (`sidetable-conformance run`) and pytest (`pytest --pyargs
sidetable_conformance`) are front ends of `Session`. `sidetable_conformance.mutants` has small
faulty implementations, by which the kit itself is tested. Nothing here imports an implementation.

Floors, each importing only from those below it:

* `commands`, `front`, `suite`: the front ends
* `reports`: what a person or a program gets to see of a run
* `proving`: how the kit proves that its checks can turn red
* `running`: a run
* `stateful`: the second oracle, a state machine beside a model that knows who is alive
* `tracing`: the shortest way to a failure, and a script that shows it
* `wiring`: whether a target is wired so that a fault would be noticed
* `mutants`: small faulty implementations, and the correct ones that they are children of
* `checks`: the first oracle, a module for each area and a function for each requirement
* `moments`, `processes`, `interleavings`: what comes in the middle of an operation, and from where
* `schedules`: the third oracle, deterministic interleavings of threads
* `adapters`: implementations under other names
* `bench`: what a check is given, and what checks are made of
* `targets`: how an implementation is found and driven
* `known`: failures that somebody has given a reason for
* `verdicts`: what a run found
* `objects`: the objects that checks use
* `spec`: what is asked
"""

from sidetable_conformance.driver import ConstructFn as ConstructFn
from sidetable_conformance.driver import Constructor as Constructor
from sidetable_conformance.driver import SettableTable as SettableTable
from sidetable_conformance.driver import Table as Table
from sidetable_conformance.results import Report as Report
from sidetable_conformance.results import Result as Result
from sidetable_conformance.results import Verdict as Verdict
from sidetable_conformance.results import read_report as read_report
from sidetable_conformance.rules import requirements as requirements
from sidetable_conformance.session import Session as Session
from sidetable_conformance.session import run as run
from sidetable_conformance.spec import EDITIONS as EDITIONS
from sidetable_conformance.spec import PROFILES as PROFILES
from sidetable_conformance.spec import Requirement as Requirement

from ._public import publish as _publish
from .errors import InputError as InputError
from .errors import KitError as KitError
from .errors import NotTestable as NotTestable
from .errors import RequirementFailed as RequirementFailed
from .errors import TargetError as TargetError

__version__ = "0.1.0"

__all__ = [
    "EDITIONS",
    "PROFILES",
    "ConstructFn",
    "Constructor",
    "InputError",
    "KitError",
    "NotTestable",
    "Report",
    "Requirement",
    "RequirementFailed",
    "Result",
    "Session",
    "SettableTable",
    "Table",
    "TargetError",
    "Verdict",
    "read_report",
    "requirements",
    "run",
]

_publish(__name__, globals(), __all__)
