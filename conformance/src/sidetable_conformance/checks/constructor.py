"""The constructors: which there are, what they write, and when they are called."""

from __future__ import annotations

from contextlib import suppress
from itertools import cycle, islice, product

from sidetable_conformance.bench.bench import DEAD, FACT, RAISED, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.constructing import (
    Construct,
    calls_once,
    construct,
    did,
    texts,
    writes_source,
    written,
)
from sidetable_conformance.bench.recorder import Recorder
from sidetable_conformance.bench.registered import Registered
from sidetable_conformance.bench.registering import (
    SOURCE,
    Origin,
    indices,
    refused,
    register,
    register_all,
)
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.spec.requirement import DYNAMO
from sidetable_source import (
    ClosureSource,
    Codegen,
    ConstantSource,
    GlobalSource,
    ImportSource,
    LocalSource,
    Source,
)


@check("constructor.in-index-order", FACT)
def in_index_order(bench: Bench) -> None:
    """They are enumerated 0, 1, 2, before and after stores in another order."""
    for count in (0, 1, 2, 30):
        table = bench.fresh()
        kept = things(count)
        for origin, thing in zip(islice(cycle(Origin), count), kept, strict=True):
            register(table, origin, thing)
        for stored in (None, kept[::-1], []):
            if stored is not None:
                table.store(*stored)
            seen = indices(table)
            when = f"after {count} registrations"
            bench.require(seen == list(range(count)), when, f"0 up to {count}", f"{seen}")


@check("constructor.user-object", FACT)
def user_object(bench: Bench) -> None:
    """`codegen(source)` is called once, with the registered source itself, not an equal one."""
    thing = Thing("user object")
    for source in _sources():
        table = bench.fresh()
        index = table.register_user_object(thing, source)
        writes_source(bench, table, index, source, f"with the source {source.name}")


@check("constructor.graph-created", FACT)
def graph_created(bench: Bench) -> None:
    """`construct_fn(index, codegen)` is called once for each run, and writes alone."""
    for before in (0, 1, 3):
        table = bench.fresh()
        kept = things(before + 1)
        register_all(table, Origin.USER_OBJECT, kept[:before])
        construct_fn = Construct()
        index = table.register_graph_created_object(kept[-1], construct_fn)
        for _ in range(2):
            calls_once(bench, table, index, construct_fn, f"after {before} other registrations")


@check("constructor.own-index", FACT)
def own_index(bench: Bench) -> None:
    """Run once all are registered, each writes its own, in order and in reverse."""
    table = bench.fresh()
    kept, own = things(12), [LocalSource(f"value_{number}") for number in range(12)]
    functions = [Construct() for _ in kept]
    given: list[int] = []
    for number, thing in enumerate(kept):
        if number % 3:
            given.append(table.register_graph_created_object(thing, functions[number]))
        else:
            given.append(table.register_user_object(thing, own[number]))
    for number in (*range(12), *reversed(range(12))):
        when = f"with 12 registered, at number {number}"
        for function in functions:
            function.calls.clear()
        wrote = written(bench, table, given[number], when)
        sources = {part for _, *parts in wrote for part in parts if isinstance(part, Source)}
        called = [at for at, function in enumerate(functions) if function.calls]
        if number % 3:
            bench.require(called == [number], when, f"construct_fn {number} called", f"{called}")
            passed = functions[number].calls[-1]
            bench.require(given[number] in passed, when, "its own index", texts(passed))
        else:
            bench.require(sources == {own[number]}, when, own[number].name, texts(sources))


@check("constructor.lazy", FACT)
def lazy(bench: Bench) -> None:
    """Registering alone calls nothing of what was handed over."""
    table = bench.fresh()
    called: list[str] = []
    construct_fn = Construct()
    value = _Watched(called)
    table.register_user_object(value, _WatchedSource(called))
    table.register_graph_created_object(value, construct_fn)
    seen = [*called, *("construct_fn" for _ in construct_fn.calls)]
    bench.require(not seen, "after two registrations", "nothing called", ", ".join(seen))


@check("constructor.repeatable", FACT)
def repeatable(bench: Bench) -> None:
    """A constructor that is kept, and one that is enumerated anew, do the same every time."""
    table = bench.fresh()
    thing, construct_fn = Thing("thing"), Construct()
    given = [
        table.register_user_object(thing, SOURCE),
        table.register_graph_created_object(thing, construct_fn),
    ]
    kept = dict(table.constructors())
    for index in given:
        first, enumerated = Recorder(), Recorder()
        construct(bench, table, index, first, "at first")
        at_first = did(first, construct_fn)
        for again in (Recorder(), Recorder()):
            table.write(kept[index], again)
            now = did(again, construct_fn)
            bench.require(now == at_first, "a constructor that was kept", f"{at_first}", f"{now}")
        construct(bench, table, index, enumerated, "after other runs")
        now = did(enumerated, construct_fn)
        bench.require(now == at_first, "after other runs", f"{at_first}", f"{now}")


@check("constructor.failed-registration", RAISED, FACT)
def failed_registration(bench: Bench) -> None:
    """A failure is among the constructors and counts for presence, or is not and does not."""
    left = bench.edition == DYNAMO
    for origin, before, after in product(Origin, (0, 2), (0, 1)):
        table = bench.fresh()
        kept = things(before + after)
        register_all(table, Origin.USER_OBJECT, kept[:before])
        earlier, present_before = set(indices(table)), table.present()
        when = f"after {before} registrations and one of a {origin} that failed"
        construct_fn = Construct()
        refused(bench, table, origin, 5, when, construct_fn)
        new = [(at, constructor) for at, constructor in table.constructors() if at not in earlier]
        bench.require(len(new) == left, when, f"{int(left)} more constructors", f"{len(new)} more")
        for _, constructor in new:
            recorder = Recorder()
            table.write(constructor, recorder)
            wrote = recorder.written or construct_fn.calls
            bench.require(wrote, when, "its constructor writing", "nothing")
        present = table.present()
        expected = left or present_before
        bench.require(present is expected, when, f"presence {expected}", f"{present}")
        register_all(table, Origin.USER_OBJECT, kept[before:])
        count, total = len(indices(table)), before + left + after
        when = f"{when}, and {after} more"
        bench.require(count == total, when, f"{total} constructors", f"{count}")


@check("constructor.survives", DEAD, FACT)
def survives(bench: Bench) -> None:
    """Stores, lookups and deaths change no constructor; reset removes every one."""
    table = bench.fresh()
    registered = Registered(bench, table)
    for index in (*registered.given, 1_000):
        with suppress(Exception):  # whether it is found is asked elsewhere
            table.get(index)
    registered.unchanged("after lookups")
    kept = things(6)
    for count in (1, 0, 6):
        table.store(*kept[:count])
        registered.unchanged(f"after a store of {count}")
    table = bench.fresh()
    registered = Registered(bench, table)
    for reference in registered.drop():
        bench.dead(reference, "a user object", "after it was dropped")
    registered.unchanged("after the user objects died")
    table.reset()
    seen = indices(table)
    bench.require(not seen, "after reset", "no constructor", f"constructors of {seen}")


def _sources() -> tuple[Source, ...]:
    """Sources of every kind, among them equal ones that are not the same."""
    return (
        LocalSource("value"),
        LocalSource("value"),
        ClosureSource("value"),
        GlobalSource("value"),
        ConstantSource(None),
        ConstantSource(0),
        ImportSource("os.path"),
        LocalSource("self").attr("pool"),
        LocalSource("self").item("main"),
        GlobalSource("make").call(1, key="main"),
    )


class _WatchedSource(Source):
    """A source that says when it is asked to write itself."""

    def __init__(self, called: list[str]) -> None:
        self._called = called

    @property
    def name(self) -> str:
        """What a person reads; asking for it is allowed."""
        return "watched"

    def reconstruct(self, codegen: Codegen) -> None:  # noqa: ARG002  # the name is the contract's
        """Notes the call."""
        self._called.append("source.reconstruct")


class _Watched:
    """An object that says when it is called."""

    def __init__(self, called: list[str]) -> None:
        self._called = called

    def __call__(self) -> None:
        """Notes the call."""
        self._called.append("the object")
