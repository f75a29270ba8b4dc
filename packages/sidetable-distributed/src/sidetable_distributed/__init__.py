"""Captured functions on many machines: the function travels, and its objects stay.

* `ship` makes a function a `Job` that any executor can run, in another process or machine.
* `Provider` says how to make an object there, how long it lives, how to close and check it.
* `CapturedGraph` says what a graph needs to be shipped with its own sources.
* `ShipError`, `MissingOnWorkerError` and `UnhealthyObjectError` say what is wrong.

Exactly-once is not promised: an engine that loses a worker may run a task again.

Each module imports only from those after it: `_job`, `_arrival`, `_objects`, `_provider`,
`errors`; `_job` also from `_dask`.
"""

from ._arrival import CapturedGraph as CapturedGraph
from ._job import Job as Job
from ._job import ship as ship
from ._provider import Provider as Provider
from .errors import MissingOnWorkerError as MissingOnWorkerError
from .errors import ShipError as ShipError
from .errors import UnhealthyObjectError as UnhealthyObjectError

__version__ = "0.1.0"

__all__ = [
    "CapturedGraph",
    "Job",
    "MissingOnWorkerError",
    "Provider",
    "ShipError",
    "UnhealthyObjectError",
    "ship",
]

# Pickles and tracebacks then have the name that people import, and files can be renamed.
for _named in (
    CapturedGraph,
    Job,
    MissingOnWorkerError,
    Provider,
    ShipError,
    UnhealthyObjectError,
    ship,
):
    _named.__module__ = __name__
