"""The handle of another table's frame is an error of its own.

Why:
    An index means something in one table only. In the frame of another one it would find an object
    that was never meant.

Example:
    >>> table, another = SideTable(), SideTable()
    >>> with table.frame(pool) as frame:
    ...     another.resolve(frame.handle, 0)
    Traceback (most recent call last):
    sidetable_source.errors.WrongTableError: ...

Causes:
    * All tables have their handles in one place, and none looks whose it is.
    * Each table counts its own handles, so that one number is a handle of two.
"""

from functools import partial
from typing import Final

from sidetable_conformance.bench import FACT, RAISED, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.isolated import HANDLES, IsolatedTable
from sidetable_source import UnknownHandleError, WrongTableError

from .stale import error_of_its_own

rule: Rule = Rule(
    "handle.wrong-table",
    ISOLATION,
    capabilities=("handles", "frames", "tables"),
    needs=("handle.resolves-anywhere",),
)

WRONG_TABLE: Final = "the handle of another table's frame"


@rule.check(RAISED, FACT)
def wrong_table(bench: Bench) -> None:
    """With a frame of its own open or without, a table does not know another one's handle."""
    table = bench.fresh()
    other = bench.another()
    with table.frame(*things(1)) as frame:
        error_of_its_own(bench, other, WRONG_TABLE, partial(other.resolve, frame.handle, 0))


# Faulty tables, which the check has to notice.


@rule.fault
class AnyTableResolves(IsolatedTable):
    """Every table resolves the handles of all."""

    def resolve(self, handle: int, index: int) -> object:
        return self._find(HANDLES.entry_of(handle).binding, index)


@rule.fault
class WrongTableIsUnknown(IsolatedTable):
    """A table takes another one's handle for a number that never was one."""

    def resolve(self, handle: int, index: int) -> object:
        try:
            return super().resolve(handle, index)
        except WrongTableError:
            raise UnknownHandleError(handle) from None
