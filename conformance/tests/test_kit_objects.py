"""What checks put into tables is as its name says, so a table that it misleads can be seen."""

from __future__ import annotations

import operator

import pytest

from sidetable_conformance.objects import (
    PAYLOAD,
    REFERENCEABLE,
    Canary,
    EqualToAll,
    Lookups,
    Verbs,
    describe_error,
)
from sidetable_conformance.registering import Recorder

MADE = {kind.name: kind.make for kind in REFERENCEABLE}


def test_some_are_equal_to_everything() -> None:
    """And neither above nor below, with one hash for all."""
    one = EqualToAll()
    assert one == 5
    assert not any(it(one, 5) for it in (operator.lt, operator.le, operator.gt, operator.ge))
    assert len({one, EqualToAll()}) == 1


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("an object that cannot be compared or hashed", hash),
        ("an object whose truth cannot be asked", bool),
        ("an object whose length cannot be asked", len),
        ("an object whose attributes cannot be asked", operator.attrgetter("some")),
        ("an object that is hostile throughout", lambda it: it == 5),
    ],
)
def test_some_can_not_be_asked(name: str, operation: operator.attrgetter[object]) -> None:
    """Whoever asks is told what is wrong."""
    with pytest.raises(RuntimeError, match="an object that it merely carries"):
        operation(MADE[name]())


def test_some_are_false_or_have_every_attribute() -> None:
    """A table that asks takes them for nothing, or for something else."""
    assert not MADE["an object that is false"]()
    assert not MADE["an object of length 0"]()
    assert MADE["an object that has every attribute"]().some


def test_the_canary_counts_its_songs() -> None:
    """However it was made to sing."""
    canary = Canary()
    assert (canary.sing(), canary.songs) == ("song", 1)


def test_a_hostile_source_is_named_by_code_that_sings() -> None:
    """So is its repr; and what it looks things up in is its own attribute."""
    assert Verbs(("load_local", "pool")).name == repr(Verbs()) == PAYLOAD
    lookups = Lookups()
    assert lookups["key"].itself is lookups
    assert (lookups.keys, lookups.steps) == (["key"], 1)


def test_an_error_whose_text_can_not_be_read_is_described() -> None:
    """By its type."""

    class MuteError(Exception):
        __str__ = None  # type: ignore[assignment]

    assert describe_error(MuteError()) == "MuteError, whose text cannot be read"


def test_a_recorder_writes_down_every_verb() -> None:
    """With its arguments."""
    calls: list[tuple[object, ...]] = [
        ("load_local", "self"),
        ("get_attr", "pool"),
        ("load_closure", "cell"),
        ("load_global", "name"),
        ("load_const", 5),
        ("load_import", "module"),
        ("get_item",),
        ("call", 2, ("key",)),
    ]
    recorder = Recorder()
    for verb, *given in calls:
        getattr(recorder, str(verb))(*given)
    assert recorder.written == calls
