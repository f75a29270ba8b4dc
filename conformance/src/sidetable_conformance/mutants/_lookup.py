"""Faults in what an index finds."""

from __future__ import annotations

import copy
import weakref
from functools import partial
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Final

from ._mutant import Mutant

if TYPE_CHECKING:
    from ._parent import ConstructFn, Edition


class GraphCreatedWaitsForAStore(Mutant):
    """A graph-created object is not there while the graph is traced, and only a store binds it."""

    caught_by = "lookup.trace-time"
    through = "found"
    also = frozenset(
        {
            "index.after-store",
            "index.never-deduplicated",
            "lookup.identity",
            "weakref.hostile-repr",
            "weakref.table-usable",
        }
    )

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFn
    ) -> int:
        index = super().register_graph_created_object(example_value, construct_fn)
        del self._references[index]
        return index


class ModuleIsFoundAsAProxy(Mutant):
    """A module is found as a weak proxy, so that reloading it reaches those who use it."""

    caught_by = "lookup.identity"
    through = "found"
    also = frozenset({"set.replaces-one"})

    def get(self, index: int) -> object:
        value = super().get(index)
        return weakref.proxy(value) if isinstance(value, ModuleType) else value


class SetIsCopied(Mutant):
    """A set is copied for the caller, who might change it."""

    caught_by = "lookup.identity"
    through = "found"
    also = frozenset({"set.replaces-one", "store.duplicates-kept"})

    def get(self, index: int) -> object:
        value = super().get(index)
        return copy.copy(value) if type(value) in (set, frozenset) else value


class FunctionIsWrapped(Mutant):
    """A function is found as a wrapper around it, in which calls can be counted."""

    caught_by = "lookup.identity"
    through = "found"
    also = frozenset({"set.replaces-one"})

    def get(self, index: int) -> object:
        value = super().get(index)
        return partial(value) if isinstance(value, FunctionType) else value


class FindsAnEqualOne(Mutant):
    """Equal objects are taken for the same one, and the first of them in the table is returned."""

    caught_by = "lookup.identity"
    through = "found"
    also = frozenset({"set.replaces-one", "store.duplicates-kept", "store.replaces-all"})

    def get(self, index: int) -> object:
        living = [found() for found in self._references.values() if found() is not None]
        return living[living.index(super().get(index))]


class FalsyIsDead(Mutant):
    """`if not value` stands where `if value is None` was meant."""

    caught_by = "lookup.identity"
    through = "found"
    also = frozenset({"set.replaces-one", "store.duplicates-kept"})

    def get(self, index: int) -> object:
        value = super().get(index)
        return value or self._died(index)


class EqualToNoneIsDead(Mutant):
    """`value == None` stands where `value is None` was meant."""

    caught_by = "lookup.identity"
    through = "found"
    also = frozenset({"set.replaces-one", "store.duplicates-kept", "store.replaces-all"})

    def get(self, index: int) -> object:
        value = super().get(index)
        return self._died(index) if value == None else value  # noqa: E711  # the fault


class FindsWhatIsWrapped(Mutant):
    """A lookup follows `__wrapped__`, to hand out the function behind a decorated one."""

    caught_by = "lookup.identity"
    through = "found"
    also = frozenset({"set.replaces-one"})

    def get(self, index: int) -> object:
        value = super().get(index)
        wrapped: object = getattr(value, "__wrapped__", value)
        return wrapped


class LookupConsumes(Mutant):
    """A lookup pops the reference, since generated code asks for every index once."""

    caught_by = "lookup.repeatable"
    through = "found"
    also = frozenset(
        {
            "lookup.dead-spares-others",
            "lookup.does-not-extend-life",
            "set.bounds",
            "set.not-weak-referenceable",
            "set.replaces-one",
            "store.failure",
            "weakref.table-usable",
        }
    )

    def get(self, index: int) -> object:
        value = super().get(index)
        del self._references[index]
        return value


class LookupSwapsWithTheFirst(Mutant):
    """The entry that was looked up changes places with the first, where it is found sooner."""

    caught_by = "lookup.repeatable"
    through = "found"
    also = frozenset(
        {
            "index.after-store",
            "lookup.dead-spares-others",
            "lookup.does-not-extend-life",
            "lookup.identity",
            "set.bounds",
            "set.not-weak-referenceable",
            "set.replaces-one",
            "store.failure",
            "weakref.table-usable",
        }
    )

    def get(self, index: int) -> object:
        value = super().get(index)
        bound, first = self._references, next(iter(self._references))
        bound[first], bound[index] = bound[index], bound[first]
        return value


class LookupReordersConstructors(Mutant):
    """A lookup moves the constructor of its index behind the others, as the one used last."""

    caught_by = "lookup.repeatable"
    through = "fact"
    also = frozenset({"set.replaces-one"})

    def get(self, index: int) -> object:
        value = super().get(index)
        if index in self._constructors:
            self._constructors[index] = self._constructors.pop(index)
        return value


class LookupTakesPresenceBack(Mutant):
    """A lookup means that the graph runs, and presence is over with the trace."""

    caught_by = "lookup.repeatable"
    through = "fact 2"
    also = frozenset({"constructor.survives", "set.replaces-one"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._tracing = True

    def has_user_objects(self) -> bool:
        return super().has_user_objects() and self._tracing

    def get(self, index: int) -> object:
        value = super().get(index)
        self._tracing = False
        return value

    def reset(self) -> None:
        super().reset()
        self._tracing = True


class LookupReservesTheIndex(Mutant):
    """A lookup past the end makes room for its index, and the next one is given out behind it."""

    caught_by = "lookup.repeatable"
    through = "fact 3"
    also = frozenset({"reset.forgets-everything", "set.replaces-one"})

    def _never_bound(self, index: int) -> object:
        self._next_index = max(self._next_index, index + 1)
        return super()._never_bound(index)


LOOKUP_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    GraphCreatedWaitsForAStore,
    ModuleIsFoundAsAProxy,
    SetIsCopied,
    FunctionIsWrapped,
    FindsAnEqualOne,
    FalsyIsDead,
    EqualToNoneIsDead,
    FindsWhatIsWrapped,
    LookupConsumes,
    LookupSwapsWithTheFirst,
    LookupReordersConstructors,
    LookupTakesPresenceBack,
    LookupReservesTheIndex,
)
