"""A lookup gives the very object, not a proxy, a copy or an equal one, however hostile its
`__eq__`, `__hash__`, `__bool__`, `__len__` or `__getattr__`.

Why:
    A stream, a lock or a module has to be the one that the caller has; a copy of it waits for the
    wrong thing.

Example:
    >>> table, mine = SideTable(), set()
    >>> table.store(set(), mine)  # both are false, and they are equal
    >>> table.get(1) is mine
    True

Causes:
    * `if not value` or `value == None` stands where `value is None` was meant.
    * Objects are found through `==` or `hash()`, in a dictionary keyed by the objects.
    * A proxy, a wrapper or a copy is returned for some kinds of object.
"""

import copy
import weakref
from functools import partial
from types import FunctionType, ModuleType

from sidetable_conformance.bench import FOUND, Bench
from sidetable_conformance.objects import REFERENCEABLE
from sidetable_conformance.registering import Origin, register, replaced
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule("lookup.identity", CORE, needs=("lookup.trace-time", "store.position-is-index"))


@rule.check(FOUND)
def identity(bench: Bench) -> None:
    """The very object comes back, whatever its methods do, however it came into the table."""
    for kind in REFERENCEABLE:
        value, twin = kind.make(), kind.make()
        for origin in Origin:
            table = bench.fresh()
            around = [register(table, origin, twin)]
            index = register(table, origin, value)
            around.append(register(table, origin, twin))
            when = f"after registering {kind.name} between others of its kind"
            bench.found(table, index, value, when)
            for other in around:
                bench.found(table, other, twin, when)
        for position in range(3):
            objects = replaced([twin, twin, twin], position, value)
            table = bench.fresh()
            table.store(*objects)
            bench.all_found(table, objects, f"after a store of {kind.name} at {position}")


# Faulty tables, which the check has to notice.


@rule.fault
class ModuleIsFoundAsAProxy(CorrectTable):
    """A module is found as a weak proxy, so that reloading it reaches those who use it."""

    def get(self, index: int) -> object:
        value = super().get(index)
        return weakref.proxy(value) if isinstance(value, ModuleType) else value


@rule.fault
class SetIsCopied(CorrectTable):
    """A set is copied for the caller, who might change it."""

    def get(self, index: int) -> object:
        value = super().get(index)
        return copy.copy(value) if type(value) in (set, frozenset) else value


@rule.fault
class FunctionIsWrapped(CorrectTable):
    """A function is found as a wrapper around it, in which calls can be counted."""

    def get(self, index: int) -> object:
        value = super().get(index)
        return partial(value) if isinstance(value, FunctionType) else value


@rule.fault
class FindsAnEqualOne(CorrectTable):
    """Equal objects are taken for the same one, and the first of them in the table is returned."""

    def get(self, index: int) -> object:
        living = [found() for found in self._references.values() if found() is not None]
        return living[living.index(super().get(index))]


@rule.fault
class FalsyIsDead(CorrectTable):
    """`if not value` stands where `if value is None` was meant."""

    def get(self, index: int) -> object:
        value = super().get(index)
        return value or self._died(index)


@rule.fault
class EqualToNoneIsDead(CorrectTable):
    """`value == None` stands where `value is None` was meant."""

    def get(self, index: int) -> object:
        value = super().get(index)
        return self._died(index) if value == None else value  # noqa: E711  # the fault


@rule.fault
class FindsWhatIsWrapped(CorrectTable):
    """A lookup follows `__wrapped__`, to hand out the function behind a decorated one."""

    def get(self, index: int) -> object:
        value = super().get(index)
        wrapped: object = getattr(value, "__wrapped__", value)
        return wrapped
