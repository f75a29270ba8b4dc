"""Calls of compiled functions whose results are known: what PyTorch's own table gets right.

Each case runs as it is, so that it can be run before the repair and after it. `CASES` has them
in the order in which the report shows them, and after them `LONG_CASES`, which take a while.
"""

from .backward import CASES as _BACKWARD
from .case import Case as Case
from .compiling import CASES as _COMPILING
from .lifetimes import CASES as _LIFETIMES
from .nesting import CASES as _NESTING
from .streams import CASES as _STREAMS
from .streams import LONG_CASES as LONG_CASES
from .tally import Tally as Tally
from .tasks import CASES as _TASKS
from .threads import CASES as _THREADS

CASES: tuple[Case, ...] = (
    *_THREADS,
    *_NESTING,
    *_TASKS,
    *_BACKWARD,
    *_COMPILING,
    *_STREAMS,
    *_LIFETIMES,
)

__all__ = ["CASES", "LONG_CASES", "Case", "Tally"]
