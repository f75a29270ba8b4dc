"""A conformance kit for side tables: from small indices in a graph to live objects.

* `run` judges a target and returns a `Report`, which has a `Result` with a `Verdict` for each
  `Requirement`. `Session` does the same at its caller's pace.
* `Table` has the names that a target needs, and `SettableTable` one that it may have besides.
  PyTorch's names will do as well.
* `requirements` returns the list of requirements, and `EDITIONS` names the editions.
* `read_report` reads back what `Report.to_json` wrote.
* `TargetError` says that a target cannot be used, `InputError` that a file cannot, and `KitError`
  that the kit itself is at fault.

The command line (`sidetable-conformance run`) and pytest (`pytest --pyargs
sidetable_conformance`) are front ends of `Session`. A requirement is one file of
`sidetable_conformance.rules`, with its check and the faulty tables that the check has to notice.
Nothing here imports an implementation.
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
