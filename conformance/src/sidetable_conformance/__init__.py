"""A conformance kit for side tables: from small indices in a graph to live objects.

* `run` judges a target and returns a `Report`, which has a `Result` with a `Verdict` for each
  `Requirement`. `Session` does the same at its caller's pace.
* `Table` says which names a target has to have, and `SettableTable` what it may have besides.
  PyTorch's names do as well.
* `requirements` returns the list of what is asked, and `EDITIONS` whose rules there are.
* `TargetError` says that a target can not be used, `KitError` that the kit itself is at fault.

The command line (`sidetable-conformance run`) and pytest (`pytest --pyargs
sidetable_conformance`) are front ends of `Session`. `sidetable_conformance.mutants` has small
faulty implementations, by which the kit itself is tested. Nothing here imports an implementation.

Floors, each importing only from those below it:

* `_cli`, `_pytest_front`, `suite`: the front ends
* `_session`, `_terminal`: a run, and what a person sees of it
* `checks`: a module for each area, a function for each requirement
* `_check`, `_crowd`, `_constructing`, `_registered`, `_registering`: what checks are made of
* `_bench`: what a check is given
* `_target`, `_driver`, `_shape`: how an implementation is found and driven
* `_report`, `_requirement_list` and the values under them
"""

from ._errors import KitError as KitError
from ._errors import RequirementFailed as RequirementFailed
from ._errors import TargetError as TargetError
from ._public import publish as _publish
from ._report import Report as Report
from ._report import Result as Result
from ._report import Verdict as Verdict
from ._requirement_list import requirements as requirements
from ._requirements import EDITIONS as EDITIONS
from ._requirements import PROFILES as PROFILES
from ._requirements import Requirement as Requirement
from ._session import Session as Session
from ._session import run as run
from ._table import ConstructFn as ConstructFn
from ._table import Constructor as Constructor
from ._table import SettableTable as SettableTable
from ._table import Table as Table

__version__ = "0.1.0"

__all__ = [
    "EDITIONS",
    "PROFILES",
    "ConstructFn",
    "Constructor",
    "KitError",
    "Report",
    "Requirement",
    "RequirementFailed",
    "Result",
    "Session",
    "SettableTable",
    "Table",
    "TargetError",
    "Verdict",
    "requirements",
    "run",
]

_publish(__name__, globals(), __all__)
