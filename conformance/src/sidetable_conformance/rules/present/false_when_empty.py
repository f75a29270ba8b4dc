"""`has_user_objects()` is False for a fresh table and after reset, and always a real bool.

Why:
    Compilers ask it to leave the prologue out of graphs that carry no objects. One that never goes
    back to False makes every later graph pay for a store of nothing.

Example:
    >>> table = SideTable()
    >>> table.has_user_objects()
    False

Causes:
    * Reset does not lower a flag that registrations raise.
    * A count or a container is returned where a bool is promised.
    * It asks whether the container exists, not whether anything is in it.
"""

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.objects import describe, things
from sidetable_conformance.registering import Origin, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import ConstructFn, CorrectTable, Registering

rule: Rule = Rule("present.false-when-empty", CORE)


@rule.check(FACT)
def false_when_empty(bench: Bench) -> None:
    """Presence is False when fresh and after reset, and a real bool in between too."""
    table = bench.fresh()
    _is(bench, table, False, "on a fresh table")
    kept = things(2)
    for origin in Origin:
        for count in (1, 2):
            register_all(table, origin, kept[:count])
            present, when = table.has_user_objects(), f"after {count} registrations of a {origin}"
            bench.require(isinstance(present, bool), when, "presence is a bool", describe(present))
            table.reset()
            _is(bench, table, False, f"after reset of {count} registrations of a {origin}")


def _is(bench: Bench, table: Driver, expected: bool, when: str) -> None:
    present = table.has_user_objects()
    bench.require(present is expected, when, f"presence is {expected}", describe(present))


# Faulty tables, which the check has to notice.


@rule.fault
class PresenceIsACount(CorrectTable):
    """The number of constructors is returned as it is, where a bool was promised."""

    def has_user_objects(self) -> bool:
        return len(self._constructors)  # type: ignore[return-value]  # the fault


@rule.fault
class PresenceIsNeverTakenBack(CorrectTable):
    """A flag is raised by a registration, and reset forgets to lower it."""

    _present = False

    def has_user_objects(self) -> bool:
        return self._present

    def _record(self, kind: Registering, value: object, construct_fn: ConstructFn) -> int:
        self._present = True
        return super()._record(kind, value, construct_fn)


@rule.fault
class AlwaysPresent(CorrectTable):
    """Presence asks whether the container is there, not whether anything is in it."""

    def has_user_objects(self) -> bool:
        return hasattr(self, "_constructors")


@rule.fault
class PresenceIsTheContainer(CorrectTable):
    """`constructors or False` is returned, which is the container when there is anything in it."""

    def has_user_objects(self) -> bool:
        return self._constructors or False  # type: ignore[return-value]  # the fault
