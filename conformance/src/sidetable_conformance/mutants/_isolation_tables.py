"""Faults in what belongs to one table, and in what is left of one that was dropped."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import ClassVar, Final

from ._contexts import BOUND, Binding, Place, Reference
from ._mutant import IsolatedMutant
from ._parent import Constructor, Edition
from ._places import Placed, SharedPlace


class TablesShareTheBinding(IsolatedMutant):
    """All tables have one binding in a context."""

    caught_by = "isolation.tables"
    through = "not found"
    also = frozenset({"handle.wrong-table", "lifetime.dropped-tables"})
    _shared: ClassVar[Place] = Place()

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._place = self._shared  # type: ignore[misc]  # the fault


class StoreUnbindsOtherTables(IsolatedMutant):
    """A context knows what one table has bound, and forgets it when another one stores."""

    caught_by = "isolation.tables"
    through = "found"

    def _bind(self, references: Mapping[int, Reference]) -> None:
        BOUND.set({self._place.number: self._place.binding} if self._place.binding else {})
        super()._bind(references)


class TablesShareTheConstructors(IsolatedMutant):
    """All tables have one list of constructors, which a reset empties."""

    caught_by = "isolation.tables"
    through = "fact"
    _shared: ClassVar[dict[int, Constructor]] = {}

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._constructors = self._shared


class TablesShareTheKeptObjects(IsolatedMutant):
    """All tables have one list of objects to keep alive, which a reset empties."""

    caught_by = "isolation.tables"
    through = "fact 2"
    also = frozenset({"lifetime.dropped-tables"})
    _shared: ClassVar[list[object]] = []

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._keep_alive = self._shared


class TablesAreListed(IsolatedMutant):
    """A list has every table that was made, and so keeps what it keeps."""

    caught_by = "lifetime.dropped-tables"
    through = "dead"
    _all: ClassVar[list[object]] = []

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._all.append(self)


class TablesAreKnownByTheirId(IsolatedMutant):
    """What a table has bound stands under its `id`, which a later table can have."""

    caught_by = "lifetime.dropped-tables"
    through = "not found"
    _places: ClassVar[dict[int, Place]] = {}

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._place = self._places.setdefault(id(self), self._place)  # type: ignore[misc]


class _VariablePlace(SharedPlace):
    def __init__(self, own: Place) -> None:
        super().__init__(own)
        self._variable: ContextVar[object] = ContextVar("binding", default=None)

    @property
    def binding(self) -> Binding | None:
        return self.own.binding

    def publish(self, binding: Binding | None) -> Token[Mapping[int, Binding]]:
        self._variable.set(None)
        return self.own.publish(binding)


class AVariableForEachTable(Placed):
    """Each table has a context variable, and no context ever forgets one that it has set."""

    caught_by = "lifetime.dropped-tables"
    through = "fact"
    place = _VariablePlace


ISOLATION_TABLES_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    TablesShareTheBinding,
    StoreUnbindsOtherTables,
    TablesShareTheConstructors,
    TablesShareTheKeptObjects,
    TablesAreListed,
    TablesAreKnownByTheirId,
    AVariableForEachTable,
)
