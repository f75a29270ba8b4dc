"""Some registrations of both kinds, and whether they are still what they were."""

from __future__ import annotations

import weakref
from typing import Final, final

from sidetable_conformance.bench.bench import Bench, Reference
from sidetable_conformance.bench.constructing import Construct, texts
from sidetable_conformance.bench.recorder import Recorder
from sidetable_conformance.bench.registering import Origin, indices, register
from sidetable_conformance.objects.describe import describe
from sidetable_conformance.objects.things import Thing
from sidetable_conformance.targets.driver import Driver
from sidetable_source import LocalSource


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
        self._before: Final = self._now()

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
        now = self._now()
        for what, before in self._before.items():
            same = now[what] == before
            self._bench.require(same, when, f"{what} {before}", f"{now[what]}")

    def _now(self) -> dict[str, object]:
        """What the registrations are like, as plain values that compare by content."""
        first, created, last = [self._written(index) for index in self.given]
        return {
            "the graph-created object": "dead" if self._created() is None else "alive",
            "constructors of": indices(self._table),
            "presence": self._table.present(),
            "the first constructor writing": first,
            "the construct function called with": created,
            "the last constructor writing": last,
        }

    def _written(self, index: int) -> list[str]:
        constructors = dict(self._table.constructors())
        if index not in constructors:
            return ["nothing, as there is none"]
        recorder, calls = Recorder(), len(self._construct.calls)
        self._table.write(constructors[index], recorder)
        called = [describe(index) for index, _ in self._construct.calls[calls:]]
        return [*called, *(texts(verb) for verb in recorder.written)]
