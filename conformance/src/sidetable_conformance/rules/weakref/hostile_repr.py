"""A registration that fails with a value whose `__repr__` or `__str__` raises leaves the table
usable.

In dynamo-2.13:
    A registration that fails with a value whose `__repr__` or `__str__` raises leaves the table
    usable, whatever it raises.

In 2026.11:
    Registering a value that cannot be weakly referenced, and whose `__repr__` or `__str__` raises,
    is Unsupported all the same, and leaves the table usable.

Why:
    Objects from outside can have a broken `__repr__`. If the message calls it, people see that
    error in place of the real one.

Example:
    >>> class Broken:
    ...     __slots__ = ()
    ...     def __repr__(self): raise ValueError("broken")
    >>> table = SideTable()
    >>> table.register_user_object(Broken(), source)
    Traceback (most recent call last):
    sidetable_source.errors.Unsupported: ...

Causes:
    * 2026.11: the message is made from the value, with an f-string or `repr()`.
    * A guard is set while the message is made, and the error leaves it set.
"""

from itertools import product
from typing import Final, NoReturn

from sidetable_conformance.bench import FOUND, RAISED, Bench
from sidetable_conformance.objects import Kind, things
from sidetable_conformance.registering import Origin, refused, register_all
from sidetable_conformance.rule import CORE, DYNAMO, OWN, STRICTER, Rule
from sidetable_conformance.tables.core import ConstructFn, CorrectTable, Registering

from .user_object import is_unsupported

rule: Rule = Rule(
    "weakref.hostile-repr",
    CORE,
    difference=STRICTER,
    needs=("lookup.trace-time", "weakref.user-object", "weakref.graph-created"),
)


@rule.check(FOUND, RAISED)
def hostile_repr(bench: Bench) -> None:
    """A value that cannot be printed is refused like every other."""
    for origin, kind in product(Origin, _UNPRINTABLE):
        table = bench.fresh()
        kept = things(2)
        given = register_all(table, origin, kept[:1])
        when = f"registering {kind.name} as a {origin}"
        error = refused(bench, table, origin, kind.make(), when)
        if bench.edition != DYNAMO:
            is_unsupported(bench, error, when)
        given += register_all(table, origin, kept[1:])
        bench.all_found(table, kept, f"after {when}", given)


def _refuse(self: object) -> NoReturn:  # it stands for a method
    raise ValueError("this value cannot be printed")


_UNPRINTABLE: Final = tuple(
    Kind(
        f"a value whose {' and '.join(methods)} raises",
        type("_Unprintable", (), {"__slots__": (), **dict.fromkeys(methods, _refuse)}),
    )
    for methods in (("__repr__",), ("__str__",), ("__repr__", "__str__"))
)


# Faulty tables, which the check has to notice.


@rule.fault
class ReprIsInTheMessage(CorrectTable, only=OWN):
    """The refusal quotes the value, and a broken `__repr__` takes its place."""

    def _context(self, value: object) -> str:
        return f"value: {value!r}"


@rule.fault
class StrIsInTheMessage(CorrectTable, only=OWN):
    """The refusal prints the value, and a broken `__str__` takes its place."""

    def _context(self, value: object) -> str:
        return f"value: {value}"


@rule.fault
class BrokenReprLeavesTheGuard(CorrectTable):
    """A guard against re-entry is set while the message is made, and an error there leaves it."""

    def _begin(self) -> None:
        self._refusing = False

    def _register(self, kind: Registering, value: object, construct_fn: ConstructFn) -> int:
        if self._refusing:
            raise RuntimeError("a registration is already running")
        return super()._register(kind, value, construct_fn)

    def _refuse(self, kind: Registering, value: object, cause: TypeError) -> NoReturn:
        self._refusing = True
        repr(value)
        str(value)
        self._refusing = False
        super()._refuse(kind, value, cause)
