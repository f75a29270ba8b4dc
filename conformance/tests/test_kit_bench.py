"""The ways in which a check requires, one by one, and what they say when it does not hold."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import sidetable_conformance
from sidetable_conformance import RequirementFailed, TargetError
from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.bench.crowd import Crowd
from sidetable_conformance.bench.recorder import Recorder
from sidetable_conformance.mutants import CorrectTable
from sidetable_conformance.objects.describe import Caught, describe, describe_error
from sidetable_conformance.objects.kinds import CARRIERS, REFERENCEABLE, UNREFERENCEABLE, EqualToAll
from sidetable_conformance.objects.things import Thing, things
from sidetable_conformance.targets.target import open_target

WHEN = "after something"


@pytest.fixture
def bench() -> Bench:
    """A bench over a correct table."""
    return Bench(open_target(partial(CorrectTable, "2026.11")), "2026.11")


def failure(requirement: Callable[..., object], *arguments: object) -> str:
    """Returns what a requirement says that does not hold."""
    with pytest.raises(RequirementFailed) as failed:
        requirement(*arguments)
    return str(failed.value)


def test_found_is_by_identity(bench: Bench) -> None:
    """An equal object of the same kind is another one."""
    table = bench.fresh()
    one, other = EqualToAll(), EqualToAll()
    table.store(one)
    bench.found(table, 0, one, WHEN)
    text = failure(bench.found, table, 0, other, WHEN)
    assert text.endswith(
        "seen an object of type sidetable_conformance.objects.kinds.EqualToAll that is another one"
    )
    assert failure(bench.found, table, 0, Thing("a"), WHEN).startswith(
        "after something: expected index 0 finds Thing 'a'; seen an object of type"
    )


def test_found_says_what_was_raised(bench: Bench) -> None:
    """A lookup that raises did not find the object, whatever it raised."""
    text = failure(bench.found, bench.fresh(), 7, Thing("a"), WHEN)
    assert "expected index 7 finds Thing 'a'; seen IndexNotRegisteredError: " in text


def test_not_found_wants_a_lookups_error() -> None:
    """AssertionError, LookupError and ReferenceError are; nothing else is."""
    errors: list[Exception] = [AssertionError("a"), KeyError("b"), ReferenceError("c")]
    wrong: list[Exception] = [TypeError("d"), ValueError("e")]

    class Table(CorrectTable):
        def get(self, index: int) -> object:
            raise [*errors, *wrong][index]

    bench = Bench(open_target(lambda: Table("2026.11")), "2026.11")
    table = bench.fresh()
    assert [bench.not_found(table, index, WHEN).kind for index in range(3)] == [
        AssertionError,
        KeyError,
        ReferenceError,
    ]
    for index, error in enumerate(wrong, start=3):
        text = failure(bench.not_found, table, index, WHEN)
        assert text.endswith(f"raises a lookup's error; seen {describe_error(error)}")


def test_not_found_says_what_was_found(bench: Bench) -> None:
    """None is as wrong as any other object."""
    table = bench.fresh()
    value = Thing("a")
    table.store(value)
    assert failure(bench.not_found, table, 0, WHEN).endswith("seen Thing 'a'")


def test_raised_wants_its_kind(bench: Bench) -> None:
    """The wrong exception and none at all are both told."""
    assert bench.raised(LookupError, partial([].pop, 0), WHEN).text.startswith("IndexError: ")
    text = failure(bench.raised, TypeError, partial([].pop, 0), WHEN)
    assert text.startswith("after something: expected TypeError; seen IndexError")
    text = failure(bench.raised, Exception, lambda: 5, WHEN)
    assert text == "after something: expected an exception; seen no exception; it returned 5"


def test_dead_and_alive_are_each_others_opposite(bench: Bench) -> None:
    """An object in a cycle is dead after a collection, and one that is held is not."""
    held = Thing("held")
    bench.alive([weakref.ref(held)], "a held thing", WHEN)
    text = failure(bench.dead, weakref.ref(held), "a held thing", WHEN)
    assert text == "after something: expected a held thing has died; seen it is still alive"
    dropped = weakref.ref(Thing("dropped"))
    text = failure(bench.alive, [dropped], "a dropped thing", WHEN)
    assert text == "after something: expected a dropped thing is alive; seen it has died"
    gc.disable()
    try:
        cyclic = Thing("cyclic")
        cyclic.__dict__["itself"] = cyclic
        reference = weakref.ref(cyclic)
        del cyclic
        assert reference() is not None
        bench.dead(reference, "a thing in a cycle", WHEN)
    finally:
        gc.enable()


def test_finds_is_what_lookups_give(bench: Bench) -> None:
    """What does not find anything is left out, and what it is compared with must be the same."""
    table = bench.fresh()
    one, other = Thing("one"), Thing("other")
    table.store(one, other)
    assert bench.finds(table, range(-1, 4)) == {0: one, 1: other}
    bench.still_finds(table, {0: one, 1: other}, range(4), WHEN)
    assert "index 1 raises" in failure(bench.still_finds, table, {0: one}, range(2), WHEN)
    assert "index 1 finds Thing 'one'" in failure(
        bench.still_finds, table, {0: one, 1: one}, range(2), WHEN
    )


def test_a_bench_resets_the_table_that_it_gave_before(bench: Bench) -> None:
    """A factory may wrap one process-wide table, so the last one is made empty first."""
    first = bench.fresh()
    first.register_graph_created_object(set(), lambda index, codegen: None)
    bench.fresh()
    assert not first.present()
    bench.clear()
    bench.clear()


def test_a_bench_needs_a_factory_that_works() -> None:
    """What a factory raises is not a verdict."""
    tables = [CorrectTable("2026.11")]
    bench = Bench(open_target(tables.pop), "2026.11")
    with pytest.raises(TargetError):
        bench.fresh()


def test_a_crowd_is_the_only_owner_of_its_objects(bench: Bench) -> None:
    """What it drops dies, what it owns is the control, and either is required."""
    crowd = Crowd(*things(3))
    crowd.alive(bench, "a thing", WHEN)
    crowd.drop(1)
    crowd.dead(bench, "a thing", WHEN)
    assert "a thing is alive; seen it has died" in failure(crowd.alive, bench, "a thing", WHEN)
    kept = crowd.all()
    crowd.drop_all()
    assert "a thing (0) has died; seen it is still alive" in failure(
        crowd.dead, bench, "a thing", WHEN
    )
    assert len(kept) == 2
    assert len(crowd) == 3


def test_every_kind_is_what_it_says() -> None:
    """What is said to be weakly referenceable is, and the rest is not."""
    for kind in REFERENCEABLE:
        value = kind.make()
        assert weakref.ref(value)() is value, kind.name
        assert kind.make() is not value, kind.name
        if "false" in kind.name or "length 0" in kind.name:
            assert not value
    for kind in UNREFERENCEABLE:
        with pytest.raises(TypeError):
            weakref.ref(kind.make())
    for carrier in CARRIERS:
        content = Thing("content")
        reference = weakref.ref(content)
        wrapped = carrier.wrap(content)
        with pytest.raises(TypeError):
            weakref.ref(wrapped)
        del content
        assert reference() is not None, carrier.name
        del wrapped
        assert reference() is None, carrier.name


def test_nothing_hostile_is_called_to_describe_it() -> None:
    """A description names the type, and asks the object nothing."""
    for kind in (*REFERENCEABLE, *UNREFERENCEABLE):
        assert describe(kind.make())
    assert describe("a\n\x1b[31m") == r"'a\n\x1b[31m'"
    assert describe(True) == "True"
    assert describe(Recorder()) == "an object of type sidetable_conformance.bench.recorder.Recorder"


def test_what_is_equal_to_all_is_neither_above_nor_below() -> None:
    """So whoever compares objects, by whatever operator, takes one for the other."""
    one, other = EqualToAll(), EqualToAll()
    assert one == other
    assert [one < other, one <= other, one > other, one >= other] == [False] * 4


def test_an_exception_that_can_not_be_printed_is_described() -> None:
    """The text of an exception is the target's, and may itself raise."""

    class SilentError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert describe_error(SilentError()) == "SilentError, whose text can not be read"
    assert describe_error(KeyError()) == "KeyError"
    assert describe_error(ValueError("a\n\x1b[31mb")) == r"ValueError: a\n\x1b[31mb"
    assert len(describe_error(ValueError("a" * 10_000))) < 400


def test_an_exception_does_not_say_where_the_kit_lies() -> None:
    """A report is the same on every machine, also where a target tells who called it."""
    error = ValueError(f"registered at {sidetable_conformance.__file__}:5")
    where = Path("sidetable_conformance", "__init__.py")
    assert describe_error(error) == f"ValueError: registered at {where}:5"


def test_what_is_known_of_an_exception_is_not_the_exception() -> None:
    """Facts are kept; the exception, its frames and its causes are not."""

    class RefusalError(Exception):
        gb_type = "a kind"

    cause = TypeError("because")
    error = RefusalError("no")
    error.__cause__ = cause
    caught = Caught.of(error)
    reference = weakref.ref(error)
    del error
    assert reference() is None
    assert caught == Caught(
        RefusalError, "RefusalError: no", "a kind", Caught(TypeError, "TypeError: because")
    )
    odd = RefusalError("no")
    odd.gb_type = 5  # type: ignore[assignment]
    assert Caught.of(odd).gb_type == ""


def test_a_recorder_writes_down_every_verb() -> None:
    """Whatever a constructor writes is seen, a source itself included."""
    recorder = Recorder()
    recorder.load_local("a")
    recorder.load_closure("b")
    recorder.load_global("c")
    recorder.load_const(1)
    recorder.load_import("d")
    recorder.get_attr("e")
    recorder.get_item()
    recorder.call(1, ("f",))
    assert [verb for verb, *_ in recorder.written] == [
        "load_local",
        "load_closure",
        "load_global",
        "load_const",
        "load_import",
        "get_attr",
        "get_item",
        "call",
    ]
