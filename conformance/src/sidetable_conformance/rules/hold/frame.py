"""An object that cannot be weakly referenced, and was registered with `hold="frame"`, is found in
frames and entry functions, is neither found nor kept before or after, and is a TypeError in a
store.

Why:
    Many objects that people want to carry cannot be weakly referenced: database connections,
    decimal contexts, instances of slotted classes. A call can hold them for as long as it runs; a
    table must not.

Example:
    >>> table, mine = SideTable(), (pool, other)
    >>> index = table.register_user_object(mine, source, hold="frame")
    >>> with table.frame(mine):
    ...     table.get(index) is mine
    True
    >>> with suppress(TypeError):
    ...     table.store(mine)

Causes:
    * The object is kept from its registration on.
    * What holds the object is found, and not the object.
    * None is taken for an object that has died.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Final

from sidetable_conformance.bench import DEAD, FOUND, NOT_FOUND, RAISED, Bench, Reference
from sidetable_conformance.driver import Driver, call
from sidetable_conformance.elsewhere import Seen
from sidetable_conformance.objects import CARRIERS, REFERENCEABLE, UNREFERENCEABLE, Thing, things
from sidetable_conformance.registering import carried, type_error
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.isolated import Binding, Box, Entry, Hold, IsolatedTable
from sidetable_source import LocalSource, Source, Unsupported

rule: Rule = Rule("hold.frame", ISOLATION, capabilities=("hold", "frames"), needs=("frame.holds",))

HELD: Final = 1
"""The index of what frames hold, between two objects that are held weakly."""


def _like(first: object, held: object, last: object) -> None:
    """Has the signature of the entry function."""


def _in_a_frame(table: Driver, values: list[object], look: Callable[[], object]) -> None:
    with table.frame(*values):
        values.clear()
        look()


def _in_an_entry(table: Driver, values: list[object], look: Callable[[], object]) -> None:
    entry = table.entry(lambda *_: look(), _like)
    first, held, last = values
    values.clear()
    call(entry, first, held, last)


def _ways(bench: Bench) -> Iterator[tuple[str, Callable[..., None]]]:
    yield "a frame", _in_a_frame
    if bench.has("entries"):
        yield "an entry function", _in_an_entry


def _registered(bench: Bench, held: object) -> tuple[Driver, list[Thing]]:
    """Returns a table with three registrations, and what has to be kept alive."""
    table, around = bench.fresh(), things(2, "around ")
    table.register_user_object(around[0], LocalSource("first"))
    table.register_held_by_frames(held, LocalSource("held"))
    table.register_user_object(around[1], LocalSource("last"))
    return table, around


@rule.check(FOUND, NOT_FOUND, RAISED, DEAD)
def held_by_frames(bench: Bench) -> None:
    """Objects of every kind, weakly referenceable or not, are found in frames and nowhere else."""
    for kind, (place, binding) in product((*UNREFERENCEABLE, *REFERENCEABLE), _ways(bench)):
        held = kind.make()
        table, around = _registered(bench, held)
        seen = [Seen(table.get, [HELD])]
        values: list[object] = [around[0], held, around[1]]
        found: list[Seen] = []
        binding(table, values, lambda: found.append(Seen(table.get, range(3))))  # noqa: B023  # called at once
        seen.append(Seen(table.get, [HELD]))
        for each in seen:
            bench.not_found(each, HELD, f"before or after {kind.name} was held by {place}")
        bench.control(len(found) == 1, f"{place} was run")
        for index, value in enumerate((around[0], held, around[1])):
            bench.found(found[0], index, value, f"with {kind.name} at index {HELD}, in {place}")
        if kind in UNREFERENCEABLE:
            when = f"a store of {kind.name} at an index that frames hold"
            type_error(bench, partial(table.store, around[0], held), when)
    for carrier, (place, binding) in product(CARRIERS, _ways(bench)):
        when = f"what {carrier.name} held, which is registered to be held by {place}"
        value, content = carried(carrier)
        table, around = _registered(bench, value)
        del value
        bench.dead(content, when, "before it is bound")
        value, content = carried(carrier)
        values = [around[0], value, around[1]]
        del value
        binding(table, values, lambda: None)
        bench.dead(content, when, "after it was bound")


# Faulty tables, which the check has to notice.


@rule.fault
class HeldIsKeptUntilReset(IsolatedTable):
    """What frames hold is kept alive from its registration on, as a graph-created object is."""

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        index = super().register_user_object(value, source, hold=hold)
        if hold == "frame":
            self._keep(value)
        return index


@rule.fault
class HeldIsFoundWhereRegistered(IsolatedTable):
    """What frames hold is bound by its registration, and held by that."""

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        index = super().register_user_object(value, source, hold=hold)
        if hold == "frame":
            self._bind_registered(index, partial(Box, value))
        return index


@rule.fault
class BoxIsFound(IsolatedTable):
    """A lookup gives what holds the object, and not the object."""

    def _dereference(self, reference: Reference) -> object:
        value = reference()
        return self.DEAD if value is None else value


@rule.fault
class NoneIsDead(IsolatedTable):
    """A lookup takes None for a dead object, also where a frame holds it."""

    def _dereference(self, reference: Reference) -> object:
        value = super()._dereference(reference)
        return self.DEAD if value is None else value


@rule.fault
class HeldIsStored(IsolatedTable):
    """A store takes any object at an index that frames hold, and holds it as they do."""

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        return {
            index: partial(Box, value) if self._hold.get(index) == "frame" else self._refer(value)
            for index, value in enumerate(objects)
        }


@rule.fault
class HeldOutlivesItsFrame(IsolatedTable):
    """The last objects that a frame held stay with the table until the next one."""

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        self._last = {
            index: reference for index, reference in references.items() if index in self._hold
        }
        self._boxes = [reference() for reference in self._last.values()]
        return super()._enter(references)


@rule.fault
class HeldIsFoundAfterItsFrame(HeldOutlivesItsFrame):
    """An index that frames hold stays bound to what the last one held."""

    def _leave(self, entry: Entry, error: object) -> None:
        super()._leave(entry, error)
        found = self._place.binding
        if found is not None and self._last:
            self._place.publish(Binding({**self._last, **found.references}, found.entry))


@rule.fault
class HeldIsWeakWhereItCanBe(IsolatedTable):
    """What can be weakly referenced is not held by frames, whatever was asked for."""

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        try:
            return super().register_user_object(value, source)
        except Unsupported:
            return super().register_user_object(value, source, hold=hold)
