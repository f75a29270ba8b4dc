"""What two threads do to a table at once, in every order that schedules can bring about.

* `CASES` are the situations: a store against a lookup, two frames, two registrations and so on.
* `explore_case` goes through the schedules of one of them, for any target.
* `replay_case` runs the one that a report names again.

Example:
    >>> from functools import partial
    >>> from sidetable_conformance.mutants import IsolatedTable
    >>> target = partial(IsolatedTable, "2026.11")
    >>> replay_case("a store against a lookup", target, "0:5") is None
    True
"""

from .cases import CASES as CASES
from .cases import Case as Case
from .exploring import Explored as Explored
from .exploring import explore_case as explore_case
from .exploring import replay_case as replay_case

__all__ = ["CASES", "Case", "Explored", "explore_case", "replay_case"]
