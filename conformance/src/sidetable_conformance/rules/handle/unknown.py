"""A number that never was a handle is an error of its own, also where it is negative, or is 2**63
and more and has the digits of one.

Why:
    A number that was cut off, or is another one by mistake, is a fault in the code that passes it
    on. It is not the same fault as coming too late.

Example:
    >>> table = SideTable()
    >>> table.resolve(-1, 0)
    Traceback (most recent call last):
    sidetable_source.errors.UnknownHandleError: ...

Causes:
    * Only some bits of the number are looked at.
    * The error is a KeyError or LookupError, of which the others are kinds.
"""

from functools import partial
from typing import Final

from sidetable_conformance.bench import FACT, RAISED, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.isolated import IsolatedTable
from sidetable_source import UnknownHandleError

from .stale import UNKNOWN, error_of_its_own

rule: Rule = Rule(
    "handle.unknown",
    ISOLATION,
    capabilities=("handles", "frames"),
    needs=("handle.resolves-anywhere",),
)

LIMIT: Final = 2**63


@rule.check(RAISED, FACT)
def unknown(bench: Bench) -> None:
    """Numbers that no handle can be, some of which have the digits of one."""
    table = bench.fresh()
    with table.frame(*things(1)) as frame:
        # That it is an int at all is asked elsewhere.
        handle = frame.handle if type(frame.handle) is int else 0
        for number in (-1, -handle - 1, LIMIT, LIMIT + handle, 2 * LIMIT + handle):
            error_of_its_own(bench, table, UNKNOWN, partial(table.resolve, number, 0))


# Faulty tables, which the check has to notice.


@rule.fault
class UnknownIsNone(IsolatedTable):
    """A number that never was a handle finds None."""

    def resolve(self, handle: int, index: int) -> object:
        try:
            return super().resolve(handle, index)
        except UnknownHandleError:
            return None


@rule.fault
class HandleIsCutOff(IsolatedTable):
    """Of a handle only the low 63 bits are looked at."""

    def resolve(self, handle: int, index: int) -> object:
        return super().resolve(handle % (1 << 63) if handle > 0 else handle, index)


@rule.fault
class UnknownIsALookupError(IsolatedTable):
    """The error for a number that never was a handle is the parent of the others."""

    def resolve(self, handle: int, index: int) -> object:
        try:
            return super().resolve(handle, index)
        except UnknownHandleError as error:
            raise LookupError(handle) from error
