"""What is broken on purpose around a target: each operation at least once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sidetable_conformance.objects.things import Thing
from sidetable_conformance.targets.driver import Driver
from sidetable_conformance.targets.table import ConstructFn, Constructor
from sidetable_source import Source

from .wrapped import Wrapped


class Stray(Exception):  # noqa: N818  # it stands for an exception that says nothing
    """An exception that no target knows, and that is no lookup's."""


class AnotherObject(Wrapped):
    """a lookup gave another object."""

    operation = "get"
    caught_by = "lookup.trace-time"

    def get(self, index: int) -> object:
        self._table.get(index)
        return Thing("another object")


class NothingIsNone(Wrapped):
    """a lookup that finds nothing returned None."""

    operation = "get"
    caught_by = "lookup.unregistered-is-error"

    def get(self, index: int) -> object:
        try:
            return self._table.get(index)
        except Exception:  # noqa: BLE001  # that is what is wrong with it
            return None


class StrayError(Wrapped):
    """a lookup that finds nothing raised an error that is not a lookup's."""

    operation = "classify"
    caught_by = "lookup.unregistered-is-error"

    def get(self, index: int) -> object:
        try:
            return self._table.get(index)
        except Exception:  # noqa: BLE001  # as above
            raise Stray from None


class StoreIgnored(Wrapped):
    """a store did nothing."""

    operation = "store"
    caught_by = "store.position-is-index"

    def store(self, *_: object) -> object:
        return None


class StoreHolds(Wrapped):
    """a store kept its objects alive."""

    operation = "store"
    caught_by = "store.holds-weakly"

    def store(self, *objects: object) -> object:
        self._held = objects
        return self._table.store(*objects)


class StoreLeavesTheRest(Wrapped):
    """a store left what it had no new object for."""

    operation = "store"
    caught_by = "store.replaces-all"

    def __init__(self, table: Driver) -> None:
        super().__init__(table)
        self._before: tuple[object, ...] = ()

    def store(self, *objects: object) -> object:
        self._before = (*objects, *self._before[len(objects) :])
        return self._table.store(*self._before)


class OneUserIndex(Wrapped):
    """every user object got index 0."""

    operation = "register_user_object"
    caught_by = "index.dense-from-zero"

    def register_user_object(self, value: object, source: Source) -> int:
        super().register_user_object(value, source)
        return 0


class OneGraphCreatedIndex(Wrapped):
    """every graph-created object got index 0."""

    operation = "register_graph_created_object"
    caught_by = "index.dense-from-zero"

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        super().register_graph_created_object(value, construct_fn)
        return 0


class RegistrationHolds(Wrapped):
    """a registration kept its user object alive."""

    operation = "register_user_object"
    caught_by = "keep.user-object-not-kept"

    def __init__(self, table: Driver) -> None:
        super().__init__(table)
        self._held: list[object] = []

    def register_user_object(self, value: object, source: Source) -> int:
        self._held.append(value)
        return super().register_user_object(value, source)


class RefusesNothing(Wrapped):
    """an object was accepted that can not be weakly referenced."""

    operation = "register_user_object"
    caught_by = "weakref.user-object"

    def register_user_object(self, value: object, source: Source) -> int:
        try:
            return super().register_user_object(value, source)
        except Exception:  # noqa: BLE001  # that is what is wrong with it
            return 0


class AlwaysEmpty(Wrapped):
    """nothing ever seemed to be registered."""

    operation = "has_user_objects"
    caught_by = "present.after-user-object"

    def has_user_objects(self) -> object:
        return False


class NoConstructors(Wrapped):
    """there were no constructors."""

    operation = "constructors"
    caught_by = "constructor.in-index-order"

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return {}


class SilentConstructors(Wrapped):
    """constructors wrote nothing."""

    operation = "constructors"
    caught_by = "constructor.user-object"

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return dict.fromkeys(super().constructors, lambda _: None)


class ResetIgnored(Wrapped):
    """reset did nothing."""

    operation = "reset"
    caught_by = "reset.forgets-everything"

    def reset(self) -> None:
        pass


class SetIgnored(Wrapped):
    """a set did nothing."""

    operation = "set"
    caught_by = "set.replaces-one"
    capability = "set"

    def set(self, index: int, value: object) -> None:
        pass


BREAKS: Final[tuple[type[Wrapped], ...]] = (
    OneUserIndex,
    OneGraphCreatedIndex,
    RefusesNothing,
    RegistrationHolds,
    AlwaysEmpty,
    AnotherObject,
    NothingIsNone,
    StrayError,
    StoreIgnored,
    StoreLeavesTheRest,
    StoreHolds,
    NoConstructors,
    SilentConstructors,
    ResetIgnored,
    SetIgnored,
)
"""Every break, in the order in which the operations are listed."""
