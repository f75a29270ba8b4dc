"""Every error is of the same type under `python -O`.

Why:
    `python -O` leaves every assert out. PyTorch's table says by asserts that an index was never
    bound and that an object has died; without them, a lookup returns None or fails somewhere else.

Example:
    >>> table = SideTable()
    >>> try:
    ...     table.get(0)  # raised by a `raise`, which no option leaves out
    ... except LookupError:
    ...     print("nothing is bound")
    nothing is bound

Causes:
    * An error is raised by an `assert`.
    * A condition is checked under `if __debug__`.
"""

from __future__ import annotations

from typing import Final

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.processes import errors_elsewhere, errors_of
from sidetable_conformance.rule import Rule
from sidetable_conformance.spec import MUST, OWN, ROBUST
from sidetable_conformance.tables.robust import RobustTable

rule: Final = Rule(
    "robust.asserts-off", MUST, ROBUST, editions=(OWN,), needs=("lookup.unregistered-is-error",)
)


@rule.check(FACT)
def asserts_off(bench: Bench) -> None:
    """Every error that a table can be made to raise, here and in the other interpreter."""
    elsewhere = errors_elsewhere(bench.target)
    for when, error in errors_of(bench.target).items():
        seen = elsewhere.get(when, "nothing of the kind")
        bench.require(seen == error, f"{when}, with asserts on and off", error, seen)


# Faulty tables, which the check has to notice.


@rule.fault
class RaisesByAnAssert(RobustTable):
    """That an index was never bound is said by an assert, without which the lookup goes on."""

    def _never_bound(self, index: int) -> object:
        if __debug__:
            return super()._never_bound(index)
        raise KeyError(index)
