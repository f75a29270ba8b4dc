"""What two threads do to a table at the same time, in every order that schedules can produce."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Collection, Iterable
from contextvars import Context, copy_context
from dataclasses import dataclass
from functools import partial
from types import FunctionType, MethodType
from typing import Final, TypeAlias, final

from sidetable_conformance.driver import Block, Driver, Target, open_target
from sidetable_conformance.elsewhere import elsewhere
from sidetable_conformance.objects import Caught, Thing, things
from sidetable_conformance.own_code import OwnCode
from sidetable_conformance.registering import each_written
from sidetable_conformance.schedules import (
    MOST_SCHEDULES,
    Exploration,
    Failure,
    Operation,
    Outcome,
    Scenario,
    Seen,
    explore,
    replay,
)
from sidetable_source import LocalSource

# --- What a lookup may give while another thread changes something -------------------------------

Tables: TypeAlias = Callable[[], Driver]
"""Gives a table in which nothing is registered or bound."""


@final
@dataclass(frozen=True, slots=True)
class Behaviour:
    """How an implementation behaves while nothing goes on at once.

    Attributes:
        carries_over: Whether a copy of a context finds, in another thread, what was bound there.
        errors: The types of the errors by which a lookup says that there is nothing.
    """

    carries_over: bool
    errors: frozenset[type[BaseException]]


def behaviour_of(tables: Tables) -> Behaviour:
    """Return how the tables of an implementation behave in one thread at a time."""
    return Context().run(_behaviour, tables)


def _behaviour(tables: Tables) -> Behaviour:
    table, kept = tables(), Thing("kept")
    outcomes = [_look(table, 0)]
    table.store(kept, Thing("not kept"))
    outcomes += [_look(table, 1), _look(table, 2)]
    outcomes.append(elsewhere(partial(_look, table, 0)))
    copied = copy_context()
    there = elsewhere(lambda: copied.run(_look, table, 0))
    kinds = {outcome.caught.kind for outcome in outcomes if outcome.caught is not None}
    return Behaviour(there.value is kept, frozenset(kinds))


def _look(table: Driver, index: int) -> Outcome:
    return outcome_of(partial(table.get, index))


def outcome_of(operation: Operation) -> Outcome:
    """Return the outcome of an operation while nothing else runs."""
    try:
        return Outcome(operation())
    except Exception as error:  # noqa: BLE001  # whichever it is
        return Outcome(caught=Caught.of(error))


def wrong_of(
    outcome: Outcome,
    allowed: Iterable[object],
    errors: frozenset[type[BaseException]] = frozenset(),
) -> str:
    """Return what is wrong with what a lookup gave, or ""."""
    if outcome.caught is not None:
        return "" if outcome.caught.kind in errors else f"a lookup raised {outcome}"
    return "" if any(outcome.value is value for value in allowed) else f"a lookup gave {outcome}"


# --- The situations in which two threads use one table at once -----------------------------------


@final
@dataclass(frozen=True, slots=True)
class Case:
    """Two threads, and what both may see, in whatever order they run.

    Attributes:
        name: What goes on at once, as a phrase.
        asks: What has to hold in every schedule.
        scenario: Makes a table and what the threads do with it.
        capabilities: The powers that a target needs for it.
    """

    name: str
    asks: str
    scenario: Callable[[Tables, Behaviour], Scenario]
    capabilities: tuple[str, ...] = ()


def _in_copies(operations: list[Operation]) -> list[Operation]:
    """Let them run in a copy of this context, so that what was bound here is bound there."""
    return _in(copy_context(), operations)


def _in(context: Context, operations: list[Operation]) -> list[Operation]:
    return [partial(context.run, operation) for operation in operations]


def _store_against_lookup(tables: Tables, behaviour: Behaviour) -> Scenario:
    table, old, new = tables(), things(2, "old "), Thing("new")
    table.store(*old)

    def verdict(seen: Seen) -> str:
        first, second = seen[1]
        if behaviour.carries_over:
            return wrong_of(first, [old[0], new]) or wrong_of(second, [old[1]], behaviour.errors)
        return wrong_of(first, [], behaviour.errors) or wrong_of(second, [], behaviour.errors)

    looks: list[Operation] = [partial(table.get, 0), partial(table.get, 1)]
    return Scenario([_in_copies([partial(table.store, new)]), _in_copies(looks)], verdict)


def _death_against_lookup(tables: Tables, behaviour: Behaviour) -> Scenario:
    table, owned = tables(), things(1, "dying ")
    table.store(*owned)
    dying = weakref.ref(owned[0])

    def verdict(seen: Seen) -> str:
        [outcome] = seen[1]
        value = dying()
        allowed = [value] if behaviour.carries_over and value is not None else []
        return wrong_of(outcome, allowed, behaviour.errors)

    drop: list[Operation] = [table.has_user_objects, owned.clear]
    return Scenario([drop, _in_copies([partial(table.get, 0)])], verdict)


def _own_stores(tables: Tables, _: Behaviour) -> Scenario:
    table, own = tables(), things(2, "of thread ")

    def verdict(seen: Seen) -> str:
        return "".join(
            wrong and f"in thread {thread} {wrong}. "
            for thread, (_, outcome) in enumerate(seen)
            if (wrong := wrong_of(outcome, [own[thread]]))
        ).strip(". ")

    return Scenario([[partial(table.store, it), partial(table.get, 0)] for it in own], verdict)


def _frame_against_lookup(tables: Tables, behaviour: Behaviour) -> Scenario:
    table, old, new = tables(), Thing("old"), Thing("new")
    table.store(old)
    entered: list[Block] = []
    none: frozenset[type[BaseException]] = frozenset()

    def verdict(seen: Seen) -> str:
        enter, inside, leave, after = seen[0]
        for outcome in (enter, leave):
            if outcome.caught is not None:
                return f"a frame raised {outcome}"
        found = [old] if behaviour.carries_over else []
        errors = none if behaviour.carries_over else behaviour.errors
        return (
            wrong_of(inside, [new])
            or wrong_of(after, found, errors)
            or wrong_of(seen[1][0], [*found, new] if found else [], errors)
        )

    frame: list[Operation] = [
        lambda: entered.append(table.frame(new).__enter__()),
        partial(table.get, 0),
        lambda: entered.pop().leave(),
        partial(table.get, 0),
    ]
    return Scenario([_in_copies(frame), _in_copies([partial(table.get, 0)])], verdict)


def _snapshot_left_at_once(tables: Tables, behaviour: Behaviour) -> Scenario:
    table, kept, inner = tables(), Thing("kept"), Thing("inner")
    table.store(kept)
    snapshot = table.snapshot()

    frames: list[Block] = []

    def entered(*objects: Thing) -> Context:
        context = Context()
        context.run(snapshot.__enter__)
        frames.extend(context.run(table.frame(each).__enter__) for each in objects)
        return context

    alone = outcome_of(partial(entered(inner).run, snapshot.leave))
    # The one that is left in its turn was entered last, so it is the first that is looked at.
    bodies: list[list[Operation]] = [
        _in(context, [snapshot.leave, partial(table.get, 0)])
        for context in reversed([entered(inner), entered()])
    ]

    def verdict(seen: Seen) -> str:
        (in_turn, after), (out_of_turn, inside) = seen
        kinds = [each.caught and each.caught.kind for each in (in_turn, out_of_turn)]
        if kinds != [None, alone.caught and alone.caught.kind]:
            return f"leaving it came to {in_turn}, and with a frame inside to {out_of_turn}"
        expected = [inner] if alone.caught and frames else [inner, kept]  # nobody else owns frames
        return wrong_of(after, [], behaviour.errors) or wrong_of(inside, expected)

    return Scenario(bodies, verdict)


def _end_against_handle(tables: Tables, behaviour: Behaviour) -> Scenario:
    table, value, context = tables(), Thing("of the frame"), Context()
    frame = table.frame(value)
    look: Operation = partial(table.resolve, context.run(frame.__enter__).handle, 0)

    def verdict(seen: Seen) -> str:
        [left], looks = seen
        if left.caught is not None:
            return f"leaving the frame raised {left}"
        ended = outcome_of(look).caught
        errors = behaviour.errors if ended is None else behaviour.errors | {ended.kind}
        return next(filter(None, (wrong_of(each, [value], errors) for each in looks)), "")

    return Scenario([_in(context, [frame.leave]), [look, look]], verdict)


def _registrations(tables: Tables, behaviour: Behaviour) -> Scenario:
    table, values = tables(), things(2)
    sources = [LocalSource("first"), LocalSource("second")]

    def verdict(seen: Seen) -> str:
        indices = [outcome.value for outcome, *_ in seen]
        numbers = [str(index) for index in indices]
        if sorted(numbers) != ["0", "1"]:
            return f"the indices are {' and '.join(str(outcome) for outcome, *_ in seen)}"
        written = {at: _one_source(wrote) for at, wrote in each_written(table)}
        if written != dict(zip(indices, sources, strict=True)):
            return "the constructors are not those of what was registered"
        for thread, (_, *looks) in enumerate(seen):
            for index, outcome in enumerate(looks):
                whose = numbers.index(str(index))
                errors = none if whose == thread else behaviour.errors
                if wrong := wrong_of(outcome, [values[whose]], errors):
                    return f"in thread {thread}, which has index {numbers[thread]}, {wrong}"
        return ""

    none: frozenset[type[BaseException]] = frozenset()
    looks: list[Operation] = [partial(table.get, 0), partial(table.get, 1)]
    bodies: list[list[Operation]] = [
        [partial(table.register_user_object, *pair), *looks]
        for pair in zip(values, sources, strict=True)
    ]
    # Where something was stored, a registration changes a binding; elsewhere it can begin one.
    stored = Context()
    stored.run(table.store)
    return Scenario([[partial(stored.run, each) for each in bodies[0]], bodies[1]], verdict)


def _one_source(written: list[tuple[object, ...]]) -> object:
    return written[-1][-1] if len(written) == 1 else None


REGISTRATIONS: Final = Case(
    "two registrations",
    "indices 0 and 1, each with its own constructor, and a lookup by either finds its object",
    _registrations,
)
CASES: Final = (
    Case(
        "a store against a lookup",
        "what was bound before or what is bound then, whole, or a lookup's own error",
        _store_against_lookup,
    ),
    Case(
        "a lookup while its object dies",
        "the object or a lookup's own error",
        _death_against_lookup,
    ),
    Case("two stores against two lookups", "each finds its own", _own_stores),
    Case(
        "a frame against a lookup",
        "each finds its own, or what was bound before or is bound then",
        _frame_against_lookup,
        ("frames",),
    ),
    Case(
        "a snapshot that two leave, one of them while a frame inside it is open",
        "each comes to what it comes to alone",
        _snapshot_left_at_once,
        ("frames", "snapshots"),
    ),
    Case(
        "a frame that ends against a lookup by its handle",
        "the frame's object, or the error that it has ended, or a lookup's own",
        _end_against_handle,
        ("frames", "handles"),
    ),
    REGISTRATIONS,
)
"""Every case, those first whose faults are found soonest."""


# --- Goes through the schedules of a case, for any target ----------------------------------------


def explore_case(
    case: Case,
    target: Target,
    *,
    tables: Tables | None = None,
    preemptions: int = 2,
    limit: int = MOST_SCHEDULES,
) -> Exploration:
    """Run a case by every schedule, up to the first that gives a wrong result.

    Threads are preempted between the bytecodes of the target's own code, and of a target that has
    none, between operations.
    """
    make = _makes(case, target.fresh if tables is None else tables)
    return explore(make, own_code(target), preemptions=preemptions, limit=limit)


def replay_case(
    name: str, target: object, schedule: str, without: Collection[str] = ()
) -> Failure | None:
    """Run a case by one schedule, as a report names it.

    Returns:
        What is wrong, or None. Where this schedule alone shows nothing, because it took what the
        threads of earlier ones had left, what going through all of them shows.
    """
    case = next((each for each in CASES if each.name == name), None)
    if case is None:
        raise ValueError(f"there is no case {name!r}")
    opened = open_target(target, without=without)
    failure = replay(_makes(case, opened.fresh), schedule, own_code(opened))
    return failure or explore_case(case, opened).failure


def own_code(target: Target) -> OwnCode | None:
    """Return a target's own code, or None where its store and its lookup are not in Python."""
    code = OwnCode(*target.things)
    thing, shape = target.things[0], target.shape
    operations = [getattr(thing, name, None) for name in (shape.store, shape.get)]
    return code if any(_is_in(code, operation) for operation in operations) else None


def _is_in(code: OwnCode, operation: object) -> bool:
    while isinstance(operation, partial | MethodType):
        operation = operation.func if isinstance(operation, partial) else operation.__func__
    if not isinstance(operation, FunctionType):
        operation = inspect.getattr_static(type(operation), "__call__", None)
    return isinstance(operation, FunctionType) and code.covers(operation.__code__.co_filename)


def _makes(case: Case, tables: Tables) -> Callable[[], Scenario]:
    """Return what makes a case anew for each schedule."""
    return partial(case.scenario, tables, behaviour_of(tables))
