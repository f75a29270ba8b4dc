"""After any sequence of operations, everything that profile core asks still holds.

Why:
    The other checks are examples that somebody thought of. A table can keep all of them and still
    go wrong after the third reset, or in a store that follows a refused one.

Example:
    >>> table = SideTable()
    >>> for turn in range(3):
    ...     index = table.register_user_object(pool, source)
    ...     table.store(other, third)
    ...     table.reset()
    >>> table.register_user_object(pool, source)
    0

Causes:
    * Something is left behind by an operation, and only some of the others clear it.
    * A counter or a flag is changed in two places.
"""

from importlib import import_module
from importlib.util import find_spec

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.errors import NotTestable
from sidetable_conformance.registering import Origin
from sidetable_conformance.rule import CORE, OWN, Rule
from sidetable_conformance.tables import CorrectTable, Edition
from sidetable_conformance.tables.core import ConstructFn, Reference, Registering

rule: Rule = Rule("core.any-sequence", CORE, needs=(CORE,))


@rule.check(FACT)
def any_sequence(bench: Bench) -> None:
    """A state machine drives tables beside a model of one; the shortest failure is reported."""
    if not bench.budget.tables:
        raise NotTestable("the budget is none, so no sequence was tried")
    if find_spec("hypothesis") is None:
        raise NotTestable("it needs Hypothesis: pip install 'sidetable-conformance[stateful]'")
    # Late, because Hypothesis takes longer to import than the other checks take to run.
    failure = import_module("sidetable_conformance.machine").explore(bench)
    when, expected, seen = "after any operations", "all of it holds", ""
    if failure is not None:
        when, expected, seen = failure.message, failure.expected, failure.seen
    bench.require(failure is None, when, expected, seen)


# Faulty tables, which the check has to notice.


@rule.fault
class BothRefusalsUnbind(CorrectTable):
    """A registration after a refused one of either kind is not bound."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._refused: set[Registering] = set()

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, construct_fn)
        self._refused.add(kind)

    def _bind_registered(self, index: int, reference: Reference) -> None:
        if len(self._refused) == len(Origin):
            self._refused.clear()
        else:
            super()._bind_registered(index, reference)


@rule.fault
class SecondRefusedStoreClears(CorrectTable, only=OWN):
    """The second store that is refused since the last good one empties the table."""

    _refused = 0

    def _give_up_store(self) -> None:
        self._refused += 1
        if self._refused == len(Origin):
            self._bind({})

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._refused = 0
