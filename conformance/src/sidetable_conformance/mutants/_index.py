"""Faults in how indices are given out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._mutant import Mutant
from ._parent import GRAPH_CREATED, Edition, Kind, Reference

if TYPE_CHECKING:
    from sidetable_source import Source


class IndexZeroIsReserved(Mutant):
    """Index 0 is set aside for the current stream, so numbering begins at one."""

    caught_by = "index.dense-from-zero"
    through = "fact"
    also = frozenset(
        {"constructor.in-index-order", "index.restarts-on-reset", "lookup.error-kinds"}
    )

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._next_index = 1

    def reset(self) -> None:
        super().reset()
        self._next_index = 1


class CountedTwice(Mutant):
    """The constructor and the reference each advance the counter, which skips every other index."""

    caught_by = "index.dense-from-zero"
    through = "fact"
    also = frozenset({"constructor.in-index-order"})

    def _take_index(self, kind: Kind) -> int:
        self._next_index += 1
        return super()._take_index(kind) - 1


class IndexIsAFloat(Mutant):
    """Indices are kept in an array of doubles, and come out of it as floats."""

    caught_by = "index.dense-from-zero"
    through = "fact 2"

    def _take_index(self, kind: Kind) -> int:
        return float(super()._take_index(kind))  # type: ignore[return-value]  # the fault


class OwnSequencePerKind(Mutant):
    """User objects and graph-created objects are each counted from zero, and share the slots."""

    caught_by = "index.one-sequence"
    through = "fact"
    also = frozenset(
        {
            "constructor.failed-registration",
            "constructor.in-index-order",
            "constructor.own-index",
            "index.never-deduplicated",
            "lookup.trace-time",
            "weakref.table-usable",
        }
    )

    def _take_index(self, kind: Kind) -> int:
        if kind != GRAPH_CREATED:
            return super()._take_index(kind)
        return len(self._keep_alive)


class GraphCreatedFromThousand(Mutant):
    """Graph-created objects are numbered from 1,000, so that a glance tells the two kinds apart."""

    caught_by = "index.one-sequence"
    through = "fact"
    also = frozenset(
        {"constructor.in-index-order", "index.dense-from-zero", "index.restarts-on-reset"}
    )

    def _take_index(self, kind: Kind) -> int:
        if kind != GRAPH_CREATED:
            return super()._take_index(kind)
        return 1_000 + len(self._keep_alive)


class DeduplicatesByIdentity(Mutant):
    """A user object that the table already knows is given its old index again."""

    caught_by = "index.never-deduplicated"
    through = "fact"

    def register_user_object(self, value: object, source: Source) -> int:
        for index, reference in self._references.items():
            if value is not None and reference() is value:
                return index
        return super().register_user_object(value, source)


class DeduplicatesByAddress(Mutant):
    """Objects are recognised by `id`, and a new object at a dead one's address gets its index."""

    caught_by = "index.never-deduplicated"
    through = "fact"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._index_of_id: dict[int, int] = {}

    def register_user_object(self, value: object, source: Source) -> int:
        index = self._index_of_id.get(id(value))
        if index is None:
            index = super().register_user_object(value, source)
            self._index_of_id[id(value)] = index
        return index

    def reset(self) -> None:
        super().reset()
        self._index_of_id.clear()


class CountsTheReferences(Mutant):
    """The next index is the number of references in the table, which a store changes."""

    caught_by = "index.ignores-bindings"
    through = "fact"
    also = frozenset(
        {
            "constructor.failed-registration",
            "index.failed-registration",
            "set.replaces-one",
            "store.failure",
            "store.keeps-registrations",
        }
    )

    def _take_index(self, kind: Kind) -> int:
        return len(self._references)


class StoreMovesTheCounter(Mutant):
    """A store sets the next index to the number of objects that it was given."""

    caught_by = "index.ignores-bindings"
    through = "fact"
    also = frozenset({"set.replaces-one", "store.keeps-registrations"})

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._next_index = len(objects)


class ReusesDeadIndices(Mutant):
    """The first index whose object has died is given out again, to keep the table small."""

    caught_by = "index.ignores-death"
    through = "fact"

    def _take_index(self, kind: Kind) -> int:
        for index, reference in self._references.items():
            if reference() is None:
                return index
        return super()._take_index(kind)


class RegistrationAppends(Mutant):
    """A registered object is put behind the last reference instead of at its own index."""

    caught_by = "index.after-store"
    through = "found"
    also = frozenset(
        {"weakref.failed-index-is-error", "weakref.hostile-repr", "weakref.table-usable"}
    )

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(len(self._references), reference)


class RegistrationDropsTheBinding(Mutant):
    """A registration takes what a store has bound for an earlier trace's, and clears it."""

    caught_by = "index.after-store"
    through = "found 2"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._stored = False

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._stored = True

    def _bind_registered(self, index: int, reference: Reference) -> None:
        if self._stored:
            self._bind({})
            self._stored = False
        super()._bind_registered(index, reference)


class RegistrationWaitsForTheNextStore(Mutant):
    """Once something was stored, only a store binds, and a registered object is not found."""

    caught_by = "index.after-store"
    through = "found"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._stored = False

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._stored = True

    def reset(self) -> None:
        super().reset()
        self._stored = False

    def _bind_registered(self, index: int, reference: Reference) -> None:
        if not self._stored:
            super()._bind_registered(index, reference)


INDEX_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    IndexZeroIsReserved,
    CountedTwice,
    IndexIsAFloat,
    OwnSequencePerKind,
    GraphCreatedFromThousand,
    DeduplicatesByIdentity,
    DeduplicatesByAddress,
    CountsTheReferences,
    StoreMovesTheCounter,
    ReusesDeadIndices,
    RegistrationAppends,
    RegistrationDropsTheBinding,
    RegistrationWaitsForTheNextStore,
)
