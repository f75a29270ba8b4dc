"""Drives a table by operations in any order, beside a model that knows who is alive.

The checks are examples that somebody thought of; this is everything else that can be done to one
table. It needs Hypothesis, which finds the shortest sequence that fails.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import ClassVar, Final, cast

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from sidetable_conformance.bench import COLLECTIONS, Bench, leave_out_what_is_there
from sidetable_conformance.driver import ErrorKind, operation_that_raised
from sidetable_conformance.errors import RequirementFailed
from sidetable_conformance.objects import REFERENCEABLE, Thing, describe, describe_error
from sidetable_conformance.registering import Origin, Recorder
from sidetable_conformance.spec import DYNAMO
from sidetable_source import Codegen, Source

STEPS: Final = 16
"""How many operations one table goes through."""

SLOTS: Final = 5
"""How many objects are at hand at a time; one that was dropped is replaced by a new one."""

_STRANGE: Final = tuple(
    kind.make
    for kind in REFERENCEABLE
    if kind.name
    in (
        "an object that is equal to everything",
        "an object that is false",
        "a set",
        "a function",
        "an object that has every attribute",
    )
)
"""What the last of them is by turns; the others are plain."""

_REFUSED: Final[tuple[Callable[[object], object], ...]] = (
    lambda _: 5,
    lambda content: [content],
    lambda _: "text",
    lambda _: None,
)
"""Makes what cannot be weakly referenced, some of it around an object."""

_AROUND: Final = 1

_SLOTS: Final = st.integers(0, SLOTS - 1)
_ORIGINS: Final = st.sampled_from(Origin)
_REFUSALS: Final = st.integers(0, len(_REFUSED) - 1)
_SETS: Final = precondition(lambda self: self.bench.has("set"))


def explore(bench: Bench) -> RequirementFailed | None:
    """Drive tables by operations in any order until one does not answer as it should.

    The same target gives the same failure every time: no chance, and no memory of earlier runs.

    Args:
        bench: What gives the tables, and says how many there may be.

    Returns:
        The failure at the end of the shortest sequence that was found, or None. The last table
        that the target gave went through that sequence.
    """
    failures: list[RequirementFailed] = []
    machine = type("Exploration", (Machine,), {"bench": bench, "failures": failures})
    # What does not fail again is flaky for Hypothesis, and a failure all the same.
    with bench.uncounted(), suppress(RequirementFailed, Flaky):
        run_state_machine_as_test(machine, settings=_settings(bench.budget.tables))
    return failures[-1] if failures else None


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=[
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
            HealthCheck.large_base_example,
            HealthCheck.too_slow,
        ],
        verbosity=Verbosity.quiet,
    )


class Machine(RuleBasedStateMachine):
    """One table, beside the model of one. A child says by which bench.

    Attributes:
        bench: What gives the table.
        failures: Where every failure is noted.
    """

    bench: ClassVar[Bench]
    failures: ClassVar[list[RequirementFailed]]

    def __init__(self) -> None:
        super().__init__()
        leave_out_what_is_there()  # what Hypothesis keeps of the examples before this one
        self._table: Final = self.bench.fresh()
        self._model: Final = Model(self.bench.edition)
        self._owned: Final[dict[int, object]] = {}
        self._watches: Final[dict[int, Callable[[], object]]] = {}
        self._slots: Final[dict[int, int]] = {}
        self._sources: Final[list[Source | None]] = []
        self._called: Final[list[str]] = []
        self._failed = False

    # --- what may be done next --------------------------------------------------------------------

    @rule(origin=_ORIGINS, slot=_SLOTS)
    def register(self, origin: Origin, slot: int) -> None:
        """Register an object, new or known."""
        number = self._object(slot)
        expected = self._model.register(origin, number)
        self._require(lambda: self._registers(origin, number, expected))

    @rule(origin=_ORIGINS, kind=_REFUSALS, slot=_SLOTS)
    def register_refused(self, origin: Origin, kind: int, slot: int) -> None:
        """Register what cannot be weakly referenced."""
        number = self._refused(kind, slot)
        self._model.register_refused(origin, number)
        when = f"registering {describe(self._owned[number])} as a {origin}"
        register = lambda: self._register(origin, number)  # noqa: E731  # called at once
        self._require(lambda: self.bench.raised(Exception, register, when))

    @rule(slots=st.lists(_SLOTS, max_size=4))
    def store(self, slots: list[int]) -> None:
        """Store some objects, or none."""
        numbers = [*map(self._object, slots)]
        self._model.store(numbers)
        self._require(lambda: self._stores(numbers))

    @rule(slots=st.lists(_SLOTS, max_size=2), kind=_REFUSALS, at=st.integers(0, 2))
    def store_refused(self, slots: list[int], kind: int, at: int) -> None:
        """Store something among others that cannot be stored."""
        numbers = [*map(self._object, slots)]
        numbers.insert(at, self._refused(kind, 0))
        self._model.store_refused()
        store = lambda: self._table.store(*self._values(numbers))  # noqa: E731  # as above
        when = "a store of what cannot be weakly referenced"
        self._require(
            lambda: self.bench.raised(TypeError, store, when, ErrorKind.NOT_WEAK_REFERENCEABLE)
        )

    @_SETS
    @rule(pick=st.integers(0, 7), slot=_SLOTS)
    def set(self, pick: int, slot: int) -> None:
        """Set an index that is bound, or one that is not."""
        index, number = self._model.pick(pick), self._object(slot)
        self._require(lambda: self._sets(index, number))

    @_SETS
    @rule(pick=st.integers(0, 7), kind=_REFUSALS)
    def set_refused(self, pick: int, kind: int) -> None:
        """Set what cannot be set."""
        index, number = self._model.pick(pick), self._refused(kind, 0)
        error = TypeError if self._model.knows(index) else Exception
        self._model.set_refused(index, number)
        set_ = lambda: self._table.set(index, self._owned[number])  # noqa: E731  # as above
        when = f"a set of index {index} to what cannot be weakly referenced"
        self._require(
            lambda: self.bench.raised(error, set_, when, ErrorKind.NOT_WEAK_REFERENCEABLE)
        )

    @rule(pick=_SLOTS)
    def drop(self, pick: int) -> None:
        """Drop an object, and what was made around it."""
        self._object(min(self._slots, default=0))
        slots = sorted(self._slots)
        number = self._slots.pop(slots[pick % len(slots)])
        for each in (*self._model.around(number), number):
            self._owned.pop(each, None)
            self._model.drop(each)
        watches = [self._watches[each] for each in self._model.gone() if each in self._watches]
        for _ in range(COLLECTIONS):
            if all(watch() is None for watch in watches):
                break
            self.bench.target.claims.collect()

    @rule()
    def reset(self) -> None:
        """Resets."""
        self._model.reset()
        self._require(self._table.reset)

    @rule()
    def look(self) -> None:
        """Look up every index from -1 to past the end, and everything else that can be seen."""
        self._require(self._looks)

    @rule()
    def construct(self) -> None:
        """Run every constructor."""
        self._require(self._constructs)

    def teardown(self) -> None:
        """Look once more, however it ended."""
        if not self._failed:
            self._require(self._looks)
            self._require(self._constructs)

    # --- how --------------------------------------------------------------------------------------

    def _require(self, step: Callable[[], object]) -> None:
        try:
            step()
        except RequirementFailed as failure:
            self._fail(failure)
            raise
        except Exception as error:
            operation = operation_that_raised(error.__traceback__)
            if not operation:
                raise
            seen = describe_error(error)
            raised = RequirementFailed(f"{operation} was called", "no exception", seen)
            self._fail(raised)
            raise raised from error

    def _fail(self, failure: RequirementFailed) -> None:
        self._failed = True
        self.failures.append(failure)

    def _registers(self, origin: Origin, number: int, expected: int) -> None:
        given = self._register(origin, number)
        self.bench.require(given == expected, "a registration", f"index {expected}", f"{given}")

    def _register(self, origin: Origin, number: int) -> int:
        registration = len(self._sources)
        self._sources.append(None)
        value = self._owned[number]
        if origin is Origin.USER_OBJECT:
            self._sources[-1] = source = _Watched(self._called)
            return self._table.register_user_object(value, source)

        def construct(index: int, codegen: Codegen) -> None:
            self._called.append("the construct function")
            codegen(cast("Source", (registration, index)))  # what is written is for us alone

        return self._table.register_graph_created_object(value, construct)

    def _stores(self, numbers: list[int]) -> None:
        returned = self._table.store(*self._values(numbers))
        self.bench.require(returned is None, "a store", "None", describe(returned))

    def _sets(self, index: int, number: int) -> None:
        known, table = self._model.knows(index), self._table
        if known or self._model.dynamo:
            try:
                table.set(index, self._owned[number])
            except Exception as error:
                if known or not self.bench.is_lookups(error):
                    raise
                self._model.may_live(number)
            else:
                self._model.set(index, number)
            return
        self._model.may_live(number)
        try:
            table.set(index, self._owned[number])
        except Exception as error:
            if not self.bench.is_lookups(error):
                raise
        else:
            raise RequirementFailed(
                f"a set of index {index}, which is unknown", "a lookup's error", "no exception"
            )

    def _looks(self) -> None:
        when = "after these operations"
        for index in range(-1, self._model.past + 2):
            number = self._model.finds(index)
            if number is None:
                self.bench.not_found(self._table, index, when)
            elif number >= 0:
                value = self._watches[number]()
                alive = value is not None
                self.bench.require(alive, when, "what it means is alive", "it has died")
                self.bench.found(self._table, index, value, when)
                del value
        present, registered = self._table.has_user_objects(), len(self._model.registered)
        self.bench.require(
            present is bool(registered), when, f"presence {bool(registered)}", describe(present)
        )
        given = [index for index, _ in self._table.constructors()]
        expected = [*range(registered)]
        self.bench.require(given == expected, when, f"constructors of {expected}", f"{given}")
        for number, alive in self._model.lives():
            if alive:
                self.bench.alive([self._watches[number]], "an object", when)
            else:
                self.bench.dead(self._watches[number], "an object", when)
        said = " and ".join(self._called)
        self.bench.require(not said, when, "nothing that was registered is called", said)

    def _constructs(self) -> None:
        constructors, when = dict(self._table.constructors()), "after these operations"
        for index, registration in enumerate(self._model.registered):
            recorder = Recorder()
            present = index in constructors
            self.bench.require(present, when, f"index {index} has a constructor", "it has none")
            self._table.write(constructors[index], recorder)
            self._called.clear()
            source = self._sources[registration]
            wrote = [part for _, *parts in recorder.written for part in parts]
            own = [(registration, index)] if source is None else [source]
            same = len(wrote) == 1 and (wrote == own if source is None else wrote[0] is source)
            expected = f"constructor {index} writes what was registered"
            self.bench.require(same, when, expected, "something else")

    def _object(self, slot: int) -> int:
        if slot not in self._slots:
            number = self._slots[slot] = self._model.new()
            turn = _STRANGE[number % len(_STRANGE)]
            value = turn() if slot == SLOTS - 1 else Thing(f"{number}")
            self._owned[number] = value
            self._watches[number] = weakref.ref(value)
        return self._slots[slot]

    def _refused(self, kind: int, slot: int) -> int:
        content = self._object(slot) if kind == _AROUND else None
        number = self._model.new(content=content, referenceable=False)
        self._owned[number] = _REFUSED[kind](None if content is None else self._owned[content])
        return number

    def _values(self, numbers: Iterable[int]) -> list[object]:
        return [self._owned[number] for number in numbers]


class _Watched(Source):
    """A source that says when it is asked to write itself."""

    def __init__(self, called: list[str]) -> None:
        self._called = called

    @property
    def name(self) -> str:
        """What a person reads; asking for it is allowed."""
        return "watched"

    def reconstruct(self, codegen: Codegen) -> None:
        """Note the call, and write a variable."""
        self._called.append("the source")
        codegen.load_local(self.name)


class Model:
    """The rules of an edition as a program; objects are known by their numbers.

    Where the rules leave something open it expects nothing.

    Attributes:
        dynamo: Whether those are PyTorch's.
        bound: The number of the object that each index means.
        registered: For each index that was given out, which registration of all it was.
    """

    def __init__(self, edition: str) -> None:
        self.dynamo: Final = edition == DYNAMO
        self.bound: Final[dict[int, int]] = {}
        self.registered: Final[list[int]] = []
        self._registrations = 0
        self._contents: Final[list[int | None]] = []
        self._referenceable: Final[list[bool]] = []
        self._dropped: Final[set[int]] = set()
        self._kept: Final[set[int]] = set()
        self._was_set: Final[dict[int, int]] = {}
        self._may_live: Final[set[int]] = set()
        self._unsure: Final[set[int]] = set()

    def new(self, *, content: int | None = None, referenceable: bool = True) -> int:
        """Return the number of a new object, which may hold another one."""
        self._contents.append(content)
        self._referenceable.append(referenceable)
        return len(self._contents) - 1

    # --- operations -------------------------------------------------------------------------------

    def register(self, origin: Origin, number: int) -> int:
        """Register an object, and return the index that it has to get."""
        self.registered.append(self._registrations)
        self._registrations += 1
        if origin is Origin.GRAPH_CREATED:
            self._kept.add(number)
        self._bind(len(self.registered) - 1, number)
        return len(self.registered) - 1

    def register_refused(self, origin: Origin, number: int) -> None:
        """Register what cannot be weakly referenced, which uses up an index in PyTorch."""
        if self.dynamo:
            if len(self.registered) in self.bound:
                self._unsure.add(len(self.registered))
            self.registered.append(self._registrations)
            if origin is Origin.GRAPH_CREATED:
                self._kept.add(number)
        self._registrations += 1

    def store(self, numbers: list[int]) -> None:
        """Replace the binding."""
        self._unbind()
        for index, number in enumerate(numbers):
            self._bind(index, number)

    def store_refused(self) -> None:
        """Fail to replace the binding, which empties it in PyTorch."""
        if self.dynamo:
            self._unbind()

    def set(self, index: int, number: int) -> None:
        """Bind one index, which keeps the object alive."""
        self._bind(index, number)
        if self.dynamo:
            self._kept.add(number)
        else:
            self._was_set[index] = number

    def set_refused(self, index: int, number: int) -> None:
        """Fail to bind one index; whether the value is kept then is asked in one case only."""
        if self.dynamo or not self.knows(index):
            self._may_live.add(number)

    def may_live(self, number: int) -> None:
        """Leave open whether an object is kept."""
        self._may_live.add(number)

    def drop(self, number: int) -> None:
        """Drop an object."""
        self._dropped.add(number)

    def reset(self) -> None:
        """Forget everything."""
        self._unbind()
        self._may_live.clear()
        self._kept.clear()
        self.registered.clear()

    def _bind(self, index: int, number: int) -> None:
        self.bound[index] = number
        self._unsure.discard(index)
        if index in self._was_set:
            self._may_live.add(self._was_set.pop(index))

    def _unbind(self) -> None:
        self.bound.clear()
        self._unsure.clear()
        self._was_set.clear()
        if not self.dynamo:
            self._may_live.clear()

    # --- what has to be so ------------------------------------------------------------------------

    @property
    def past(self) -> int:
        """The first index that is neither bound nor registered, nor any after it."""
        return max([len(self.registered), *(index + 1 for index in self.bound)])

    def pick(self, number: int) -> int:
        """Return a bound index, or one beside them, or one that is registered at most."""
        choices = (*sorted(self.bound), self.past, -1, self.past - 1)
        return choices[number % len(choices)]

    def knows(self, index: int) -> bool:
        """Return whether an index is bound or registered."""
        return index in self.bound or 0 <= index < len(self.registered)

    def finds(self, index: int) -> int | None:
        """Return the object that an index has to find; None for none, -1 if that is open."""
        number = self.bound.get(index)
        if number is None:
            return None
        alive = self._alive(number)
        if index in self._unsure or (not alive and self._is_open(number)):
            return -1
        return number if alive else None

    def around(self, number: int) -> list[int]:
        """Return what holds an object and was not dropped yet."""
        holders = (each for each, content in enumerate(self._contents) if content == number)
        return [each for each in holders if each not in self._dropped]

    def gone(self) -> list[int]:
        """Return the objects that were dropped and that nothing may keep alive."""
        return [number for number in sorted(self._dropped) if not self._alive(number)]

    def lives(self) -> list[tuple[int, bool]]:
        """Return the objects that were dropped, each with whether it has to be alive."""
        return [
            (number, alive)
            for number in sorted(self._dropped)
            if self._referenceable[number]
            and ((alive := self._alive(number)) or not self._is_open(number))
        ]

    def _is_open(self, number: int) -> bool:
        return any(number in (each, self._contents[each]) for each in self._may_live)

    def _alive(self, number: int) -> bool:
        if number not in self._dropped or number in self._kept:
            return True
        if number in self._was_set.values():
            return True
        return any(
            content == number and self._alive(holder)
            for holder, content in enumerate(self._contents)
        )
