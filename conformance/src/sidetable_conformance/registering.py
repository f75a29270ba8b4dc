"""What checks are made of: objects that they own, registrations, and what constructors wrote."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final, final

from sidetable_conformance.bench import Bench, Reference
from sidetable_conformance.driver import ConstructFn, Driver, ErrorKind, Finder
from sidetable_conformance.objects import Carrier, Caught, Thing, describe, things
from sidetable_source import Codegen, LocalSource, Source
from sidetable_source.codegen import Constant, Reconstructible

# --- A codegen that writes nothing down but who wrote what ---------------------------------------


@final
class Recorder(Codegen):
    """Records every verb, with its arguments, in order.

    Sources are not asked to reconstruct themselves: that a constructor hands over the source
    whole is what is under test.

    Attributes:
        written: One tuple for each call: the verb, then its arguments.
    """

    def __init__(self) -> None:
        self.written: list[tuple[object, ...]] = []

    def __call__(self, source: Reconstructible) -> None:
        """Record that a source was handed over."""
        self.written.append(("codegen", source))

    def load_local(self, name: str) -> None:
        """Record the verb."""
        self.written.append(("load_local", name))

    def load_closure(self, name: str) -> None:
        """Record the verb."""
        self.written.append(("load_closure", name))

    def load_global(self, name: str) -> None:
        """Record the verb."""
        self.written.append(("load_global", name))

    def load_const(self, value: Constant) -> None:
        """Record the verb."""
        self.written.append(("load_const", value))

    def load_import(self, module: str) -> None:
        """Record the verb."""
        self.written.append(("load_import", module))

    def get_attr(self, member: str) -> None:
        """Record the verb."""
        self.written.append(("get_attr", member))

    def get_item(self) -> None:
        """Record the verb."""
        self.written.append(("get_item",))

    def call(self, n_args: int, keywords: tuple[str, ...] = ()) -> None:
        """Record the verb."""
        self.written.append(("call", n_args, keywords))


# --- Runs constructors, and says what they did ---------------------------------------------------


@final
class Construct:
    """A construct function that records how it was called.

    Attributes:
        calls: The index and the codegen of each call.
    """

    def __init__(self) -> None:
        self.calls: Final[list[tuple[object, object]]] = []

    def __call__(self, index: int, codegen: Codegen, /) -> None:
        """Record the call."""
        self.calls.append((index, codegen))


def written(bench: Bench, table: Driver, index: int, when: str) -> list[tuple[object, ...]]:
    """Run the constructor of an index, which must exist, and return what it wrote."""
    recorder = Recorder()
    construct(bench, table, index, recorder, when)
    return recorder.written


def construct(bench: Bench, table: Driver, index: int, recorder: Recorder, when: str) -> None:
    """Run the constructor of an index, which must exist, with this codegen."""
    constructors = dict(table.constructors())
    bench.require(
        index in constructors,
        when,
        f"index {index} has a constructor",
        f"the constructors of {[*constructors]}",
    )
    table.write(constructors[index], recorder)


def each_written(table: Driver) -> Iterator[tuple[int, list[tuple[object, ...]]]]:
    """Run every constructor, and yield its index and what it wrote."""
    for index, constructor in table.constructors():
        recorder = Recorder()
        table.write(constructor, recorder)
        yield index, recorder.written


def writes_source(bench: Bench, table: Driver, index: int, source: Source, when: str) -> None:
    """Require that a constructor hands over this very source, once, and writes nothing else."""
    wrote = written(bench, table, index, when)
    verbs = [str(verb) for verb, *_ in wrote]
    bench.require(verbs == ["codegen"], when, "codegen(source), once", f"{verbs}")
    same = wrote[0][1] is source
    bench.require(same, when, "the registered source", f"another one: {describe(wrote[0][1])}")


def calls_once(bench: Bench, table: Driver, index: int, construct_fn: Construct, when: str) -> None:
    """Require that a constructor calls this function once, with its index and this codegen."""
    earlier = len(construct_fn.calls)
    recorder = Recorder()
    construct(bench, table, index, recorder, when)
    calls = construct_fn.calls[earlier:]
    bench.require(len(calls) == 1, when, "one call of construct_fn", f"{len(calls)}")
    [(called_with, codegen)] = calls
    bench.require(called_with == index, when, f"index {index}", describe(called_with))
    bench.require(codegen is recorder, when, "the codegen that was given", describe(codegen))
    verbs = [str(verb) for verb, *_ in recorder.written]
    bench.require(not verbs, when, "nothing else written", f"{verbs}")


def did(recorder: Recorder, construct_fn: Construct) -> list[str]:
    """Return what a run with this codegen did, as texts that compare, and forgets it."""
    calls, construct_fn.calls[:] = construct_fn.calls[:], []
    did = ["codegen" if part is recorder else describe(part) for call in calls for part in call]
    return [*did, *(texts(verb) for verb in recorder.written)]


def texts(parts: Iterable[object]) -> str:
    """Return phrases for these, and for sources their names."""
    return " ".join(part.name if isinstance(part, Source) else describe(part) for part in parts)


REUSES: Final = 100
"""How often an object is dropped and another one made, which then can have its address."""


# --- The two ways in which an object comes into a table, so that a check can try both ------------

SOURCE: Final = LocalSource("self").attr("pool").item("main")
"""A source for registrations in which the source does not matter."""


@final
class Origin(StrEnum):
    """Where a registered object came from."""

    USER_OBJECT = "user object"
    GRAPH_CREATED = "graph-created object"


def register(
    table: Driver, origin: Origin, value: object, construct_fn: ConstructFn | None = None
) -> int:
    """Register an object in one of the two ways, and return the index that it got.

    A user object has the source `SOURCE`; a graph-created one this construct function, or one of
    its own.
    """
    if origin is Origin.USER_OBJECT:
        return table.register_user_object(value, SOURCE)
    return table.register_graph_created_object(value, construct_fn or Construct())


def register_all(table: Driver, origin: Origin, values: Iterable[object]) -> list[int]:
    """Register objects in order, and return the indices that they got."""
    return [register(table, origin, value) for value in values]


def refused(
    bench: Bench,
    table: Driver,
    origin: Origin,
    value: object,
    when: str,
    construct_fn: ConstructFn | None = None,
) -> Caught:
    """Require that a registration raises, and return what is known of the exception."""
    return bench.raised(Exception, partial(register, table, origin, value, construct_fn), when)


def type_error(bench: Bench, operation: Callable[[], object], when: str) -> None:
    """Require the TypeError of an object that cannot be weakly referenced."""
    bench.raised(TypeError, operation, when, ErrorKind.NOT_WEAK_REFERENCEABLE)


def indices(table: Driver) -> list[object]:
    """Return the index of every constructor, in the order in which they are enumerated."""
    return [index for index, _ in table.constructors()]


# --- Some registrations of both kinds, and whether they are still what they were -----------------


@final
class Registered:
    """Two user objects around a graph-created one, which only the table keeps alive.

    What they are like is recorded when they are made, and compared later: a fault that was there
    from the start is the matter of another check.

    Attributes:
        given: The indices of the three.
    """

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
        """Drop the user objects, and return a weak reference to each."""
        references = tuple(weakref.ref(value) for value in self._owned)
        self._owned = ()
        return references

    def next_index(self) -> int:
        """Register one more object, and return its index."""
        return register(self._table, Origin.USER_OBJECT, Thing("next"))

    def unchanged(self, when: str) -> None:
        """Require the same constructors in the same order, presence, and what was kept alive."""
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


# --- Entry functions of one parameter, which sources call `pool` ---------------------------------


def entry_of(table: Driver, graph: Callable[[], object]) -> Callable[..., Any]:
    """Return an entry function around a graph without arguments, to be called by `call`."""

    def like(pool: object) -> None:
        """Has the signature."""

    def run(_: object) -> object:
        return graph()

    return table.entry(run, like)


# --- Objects that a check owns and lets go one by one --------------------------------------------


def replaced(values: Iterable[object], position: int, value: object) -> list[object]:
    """Return these values with another one at this position."""
    return [value if at == position else each for at, each in enumerate(values)]


def carried(carrier: Carrier) -> tuple[object, Reference]:
    """Return a new object of this kind, and a weak reference to what it keeps alive."""
    content = Thing("content")
    return carrier.wrap(content), weakref.ref(content)


def store_things(table: Driver, count: int | None, prefix: str = "stored ") -> list[Thing]:
    """Store this many new things, which are returned; None is for no store."""
    objects = things(count or 0, prefix)
    if count is not None:
        table.store(*objects)
    return objects


@final
class Crowd:
    """Some objects in order, and a weak reference to each that nobody else has.

    The crowd is their only owner: what it drops dies, unless the table under test keeps it. Those
    that it still owns are the positive control, since they have to be alive when others are dead.
    """

    def __init__(self, *objects: object) -> None:
        self._owned: Final = dict(enumerate(objects))
        self._references: Final = tuple(weakref.ref(value) for value in objects)

    def __len__(self) -> int:
        return len(self._references)

    def all(self) -> tuple[object, ...]:
        """Return the objects that are still owned, in order."""
        return tuple(self._owned.values())

    def drop(self, *positions: int) -> None:
        """Drop these objects."""
        for position in positions:
            del self._owned[position]

    def drop_all(self) -> None:
        """Drop every object that is still owned."""
        self._owned.clear()

    def dead(self, bench: Bench, what: str, when: str) -> None:
        """Require that what was dropped is dead, and that what is owned is not."""
        for position, reference in enumerate(self._references):
            if position not in self._owned:
                bench.dead(reference, f"{what} ({position})", when)
            else:
                held = reference() is not None
                bench.control(held, f"what it holds ({position}) is alive {when}")

    def alive(self, bench: Bench, what: str, when: str) -> None:
        """Require that everything is alive after a collection, even what was dropped."""
        bench.alive(self._references, what, when)

    def found(
        self, bench: Bench, table: Finder, when: str, given: Sequence[int] | None = None
    ) -> None:
        """Require that what is still owned is found."""
        for position, value in self._owned.items():
            bench.found(table, position if given is None else given[position], value, when)


# --- All that a user can see of a table ----------------------------------------------------------

PLACES: Final = range(5)
"""The indices at which to look."""

NOTHING: Final = "nothing"
"""What stands for a lookup that says that it finds nothing."""


@final
@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen.

    Attributes:
        found: What each index finds.
        written: What each constructor writes, with its index.
        present: What presence is taken for.
        following: The index that the next registration gets, and what it finds.
    """

    found: tuple[str, ...]
    written: tuple[tuple[object, str], ...]
    present: bool
    following: tuple[int, str]

    def facts(self) -> dict[str, object]:
        """Return each thing that was seen, by what it is called."""
        return {
            **{f"index {index} finding": found for index, found in enumerate(self.found)},
            **{f"constructor {index} writing": text for index, text in self.written},
            "presence": self.present,
            "the next index": self.following[0],
            "the next index finding": self.following[1],
        }


def found_by(bench: Bench, table: Driver, index: int) -> str:
    """Return what a lookup returns, or `NOTHING`, or the type of the error that it raises."""
    try:
        return describe(table.get(index))
    except Exception as error:  # noqa: BLE001  # which of them is right is asked elsewhere
        return NOTHING if bench.is_lookups(error) else type(error).__name__


def sight(bench: Bench, table: Driver) -> Sight:
    """Return what a table looks like in this context, after which one more is registered."""
    found = tuple(found_by(bench, table, index) for index in PLACES)
    written = tuple((at, " ".join(map(texts, wrote))) for at, wrote in each_written(table))
    present = table.present()
    value = Thing("the next")
    following = table.register_user_object(value, SOURCE)
    return Sight(found, written, present, (following, found_by(bench, table, following)))
