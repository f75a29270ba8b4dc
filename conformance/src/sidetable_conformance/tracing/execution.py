"""Takes steps on a table, and says what it answered."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, cast, final

from sidetable_conformance.bench.bench import COLLECTIONS
from sidetable_conformance.bench.recorder import Recorder
from sidetable_conformance.bench.registering import Origin
from sidetable_conformance.errors import RequirementFailed
from sidetable_conformance.objects.describe import Caught, describe
from sidetable_conformance.targets.claims import Claims
from sidetable_conformance.targets.driver import Driver
from sidetable_conformance.targets.failures import LOOKUP_KINDS
from sidetable_conformance.targets.table import ConstructFn, Constructor
from sidetable_source import Codegen, Source

from .answers import NO_OBJECT, Answer, What
from .making import Made, Make, maker
from .naming import name_of
from .steps import (
    Apart,
    Construct,
    Drop,
    Enumerate,
    Get,
    Keep,
    Life,
    Presence,
    Register,
    Reset,
    RunKept,
    Set,
    Step,
    Store,
)


@final
class Execution:
    """Some objects and the table that they are put into.

    It is the only owner of the objects, and keeps no exception and nothing that the table gave
    it, except constructors.

    Args:
        table: The table, fresh.
        objects: What the objects are; more may be appended while it goes on.
        claims: What the target says about its exceptions and its collector.
    """

    def __init__(self, table: Driver, objects: Sequence[Made], claims: Claims) -> None:
        self._table: Final = table
        self._claims: Final = claims
        self._objects: Final = objects
        self._owned: Final[dict[int, object]] = {}
        self._watches: Final[dict[int, Callable[[], object]]] = {}
        self._numbers: Final[dict[int, int]] = {}
        self._called: Final[list[str]] = []
        self._sources: Final[list[Source | None]] = []
        self._kept: Final[dict[int, Constructor]] = {}
        self._errors: Final[dict[int, Caught]] = {}
        self._settled = False
        self._makers: Final[dict[str, Make]] = {}
        self._namespace: Final[dict[str, object]] = {"called": self._called, "weakref": weakref}

    def make(self, number: int) -> object:
        """Returns an object, made now if it is not there yet."""
        if number in self._owned:
            return self._owned[number]
        made = self._objects[number]
        content = None if made.content is None else self.make(made.content)
        if made.kind not in self._makers:
            self._makers[made.kind] = maker(made.text, self._namespace)
        value = self._makers[made.kind](name_of(number, len(self._objects)), content)
        self._owned[number] = value
        if made.text.referenceable:
            self._watches[number] = weakref.ref(value)
            self._numbers[id(value)] = number
        return value

    def step(self, step: Step) -> Answer:
        """Takes a step, and returns what the table answered."""
        self._settled = self._settled and isinstance(step, Life)
        try:
            return self._take(step)
        except RequirementFailed as failure:  # what a driver has to say of an index
            return Answer(What.ANYTHING, text=failure.seen)
        except Exception as error:  # noqa: BLE001  # whatever the target raises is an answer
            return self._raised(step, error)

    def _take(self, step: Step) -> Answer:  # noqa: C901, PLR0911, PLR0912  # one for each step
        match step:
            case Register(origin, value):
                return _index(self._register(origin, self.make(value)))
            case Store(values):
                returned = self._table.store(*map(self.make, values))
                return Answer(What.NONE) if returned is None else _other(returned)
            case Get(index) | Apart(index):
                return self._found(self._table.get(index))
            case Set(index, value):
                self._table.set(index, self.make(value))
            case Reset():
                self._table.reset()
            case Drop(value):
                self._owned.pop(value, None)
            case Life(value):
                return Answer(What.LIFE, self._is_alive(value))
            case Presence():
                present = self._table.has_user_objects()
                return (
                    Answer(What.PRESENCE, present) if isinstance(present, bool) else _other(present)
                )
            case Enumerate():
                return _indices(self._table)
            case Keep(index):
                self._kept[index] = dict(self._table.constructors())[index]
            case Construct(index):
                return self._write(index, dict(self._table.constructors())[index])
            case RunKept(index):
                return self._write(index, self._kept[index])
            case _:
                said = ", ".join(self._called)
                return Answer(What.ANYTHING if said else What.NOT_CALLED, text=said)
        return Answer(What.DONE)

    def _raised(self, step: Step, error: Exception) -> Answer:
        kind = self._claims.classify(error)
        caught = Caught.of(error, kind or "" if self._claims.own_classify else "")
        beside = None
        if isinstance(step, Get | Apart):
            beside = self._errors.setdefault(step.index, caught)
        elif isinstance(step, Register):
            beside = _complaint(self._owned[step.value])
        return Answer(
            What.REFUSED,
            error=caught,
            of_lookup=kind in LOOKUP_KINDS,
            beside=beside,
            text=caught.text,
        )

    def _register(self, origin: Origin, value: object) -> int:
        number = len(self._sources)
        self._sources.append(None)
        if origin is Origin.GRAPH_CREATED:
            return self._table.register_graph_created_object(value, self._construct_fn(number))
        source = _Watched(self._called)
        self._sources[number] = source
        return self._table.register_user_object(value, source)

    def _construct_fn(self, number: int) -> ConstructFn:
        called = self._called

        def construct(index: int, codegen: Codegen) -> None:
            called.append("the construct function")
            codegen(cast("Source", (number, index)))  # what is written is for the recorder alone

        return construct

    def _write(self, index: int, constructor: Constructor) -> Answer:
        recorder = Recorder()
        self._table.write(constructor, recorder)
        self._called.clear()
        wrote = [self._wrote(index, *verb) for verb in recorder.written]
        if len(wrote) == 1 and isinstance(wrote[0], int):
            return Answer(What.WRITTEN, wrote[0])
        return Answer(What.ANYTHING, text=", ".join(map(str, wrote)) or "nothing")

    def _wrote(self, index: int, verb: object, *parts: object) -> int | str:
        """Returns the number of the registration whose source or index this is, or a phrase."""
        [part, *_] = parts or (None,)
        if verb != "codegen":
            return f"{verb}"
        if isinstance(part, tuple):
            number, given = cast("tuple[int, object]", part)
            return number if given == index else f"index {describe(given)}"
        numbers = [number for number, source in enumerate(self._sources) if part is source]
        return numbers[0] if numbers else "another source"

    def _found(self, value: object) -> Answer:
        number = self._numbers.get(id(value), NO_OBJECT)
        if number == NO_OBJECT or self._watches[number]() is not value:
            return _other(value)
        return Answer(What.OBJECT, number)

    def settle(self, numbers: Iterable[int]) -> None:
        """Collects until these objects are gone, and gives up where the table keeps them."""
        watches = [self._watches[number] for number in numbers if number in self._watches]
        for _ in range(COLLECTIONS):
            if all(watch() is None for watch in watches):
                break
            self._claims.collect()

    def end(self) -> None:
        """Resets the table, because a factory may wrap one table of the process each time."""
        with suppress(Exception):
            self._table.reset()

    def _is_alive(self, number: int) -> bool:
        # What a target lets go may be in a cycle. One collection does for all that are asked for.
        if not self._settled and self._watches[number]() is not None:
            self._claims.collect()
            self._settled = True
        return self._watches[number]() is not None


class _Watched(Source):
    """A source that says when it is asked to write itself."""

    def __init__(self, called: list[str]) -> None:
        self._called = called

    @property
    def name(self) -> str:
        """What a person reads; asking for it is allowed."""
        return "watched"

    def reconstruct(self, codegen: Codegen) -> None:
        """Notes the call, and writes a variable."""
        self._called.append("the source")
        codegen.load_local(self.name)


def _complaint(value: object) -> Caught | None:
    try:
        weakref.ref(value)
    except TypeError as complaint:
        return Caught.of(complaint)
    return None


def _other(value: object) -> Answer:
    return Answer(What.ANYTHING, text=describe(value))


def _index(index: object) -> Answer:
    if isinstance(index, bool) or not isinstance(index, int):
        return _other(index)
    return Answer(What.INDEX, index)


def _indices(table: Driver) -> Answer:
    indices = tuple(index for index, _ in table.constructors())
    return Answer(What.INDICES, indices)
