"""Thread schedules, explored one after another, and the same on every run.

* `explore` runs a `Scenario` once for each schedule with up to two preemptions, and returns an
  `Exploration`, which has the first schedule that gave a wrong result.
* `replay` runs one schedule again, by its name.
* A `Scenario` is a body for each thread and a verdict on what they saw. A body is a sequence of
  operations, each of which gives an `Outcome`.
* `OwnCode` says where threads may be preempted: between the bytecodes of an implementation.
  Without it they are preempted between operations, which suits one that has no bytecode.

A scenario must make everything it uses, so that no schedule sees what another one left.

Example:
    >>> def lost_update():
    ...     shared = {"count": 0}
    ...     read = []
    ...     body = (
    ...         lambda: read.append(shared["count"]),
    ...         lambda: shared.update(count=read.pop() + 1),
    ...     )
    ...     return Scenario(
    ...         bodies=(body, body),
    ...         verdict=lambda seen: "" if shared["count"] == 2 else f"{shared['count']}, not 2",
    ...     )
    >>> found = explore(lost_update)
    >>> str(found.failure)
    'schedule 0:1: 1, not 2'
    >>> replay(lost_update, "0:1") == found.failure
    True
    >>> replay(lost_update, "0") is None
    True
"""

from sidetable_conformance.schedules.locks import OwnCode as OwnCode
from sidetable_conformance.schedules.schedule import Operation as Operation
from sidetable_conformance.schedules.schedule import Outcome as Outcome
from sidetable_conformance.schedules.schedule import Scenario as Scenario

from .exploring import Exploration as Exploration
from .exploring import Failure as Failure
from .exploring import explore as explore
from .exploring import replay as replay
from .schedule import Schedule as Schedule
from .schedule import Segment as Segment

__all__ = [
    "Exploration",
    "Failure",
    "Operation",
    "Outcome",
    "OwnCode",
    "Scenario",
    "Schedule",
    "Segment",
    "explore",
    "replay",
]
