"""Some registrations of both kinds, and whether they are still what they were."""

from __future__ import annotations

import weakref
from typing import Final, final

from sidetable_source import LocalSource

from sidetable_conformance.bench.bench import Bench, Reference
from sidetable_conformance.bench.constructing import Construct, texts, written
from sidetable_conformance.objects.describe import describe
from sidetable_conformance.targets.driver import Driver
from sidetable_conformance.bench.registering import Origin, indices, register
from sidetable_conformance.objects.things import Thing


@final
class Registered:
    """Two user objects around a graph-created one, which only the table keeps alive.

    What they are like is recorded when they are made, and compared later: a fault that was there
    from the start is the matter of another check.

    Attributes:
        given: The indices of the three.
    """

    __slots__ = (
        "_before",
        "_bench",
        "_construct",
        "_created",
        "_kept",
        "_owned",
        "_table",
        "given",
    )

    def __init__(self, bench: Bench, table: Driver) -> None:
        self._bench: Final = bench
        self._table: Final = table
        self._construct: Final = Construct()
        self._owned: tuple[Thing, ...] = (Thing("first user object"), Thing("last user object"))
        created = Thing("graph-created object")
        self._created: Final = weakref.ref(created)
        first, last = self._owned
        self.given: Final = (
            table.register_user_object(first, LocalSource("first")),
            table.register_graph_created_object(created, self._construct),
            table.register_user_object(last, LocalSource("last")),
        )
        del created
        self._kept: Final = self._created() is not None
        self._before: Final = self._now("after three registrations")

    def drop(self) -> tuple[Reference, ...]:
        """Lets the user objects go, and returns a weak reference to each."""
        references = tuple(weakref.ref(value) for value in self._owned)
        self._owned = ()
        return references

    def next_index(self) -> int:
        """Registers one more object, and returns its index."""
        return register(self._table, Origin.USER_OBJECT, Thing("next"))

    def unchanged(self, when: str) -> None:
        """Requires the same constructors in the same order, presence, and what was kept alive."""
        bench = self._bench
        if self._kept:
            alive = self._created() is not None
            bench.require(alive, when, "the graph-created object is alive", "it has died")
        now = self._now(when)
        for what, before in self._before.items():
            bench.require(now[what] == before, when, f"{what} {before}", f"{now[what]}")

    def _now(self, when: str) -> dict[str, object]:
        """What the registrations are like, as plain values that compare by content."""
        first, created, last = [self._written(index, when) for index in self.given]
        return {
            "constructors of": indices(self._table),
            "presence": self._table.present(),
            "the first constructor writing": first,
            "the construct function called with": created,
            "the last constructor writing": last,
        }

    def _written(self, index: int, when: str) -> list[str]:
        calls = len(self._construct.calls)
        wrote = written(self._bench, self._table, index, when)
        called = [describe(index) for index, _ in self._construct.calls[calls:]]
        return [*called, *(texts(verb) for verb in wrote)]
