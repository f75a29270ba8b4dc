"""Correct implementations that are built differently inside are found correct, and no more."""

from __future__ import annotations

from functools import partial
from typing import Final

import pytest

from sidetable_conformance import run
from sidetable_conformance.tables.core import CorrectTable

from .implementations import module_of_views
from .implementations.generations import GenerationTable
from .implementations.like_pytorch import LikePyTorch
from .implementations.lists import ListTable
from .implementations.objects import WeakValueTable
from .implementations.threads import ThreadTable

pytestmark = pytest.mark.slow

DYNAMO: Final = "dynamo-2.13"
OWN: Final = "2026.11"

OPPOSITE: Final = {
    "index.failed-registration",
    "constructor.failed-registration",
    "keep.failed-registration",
    "store.failure",
    "set.lifetime",
}
STRICTER: Final = {
    "lookup.error-kinds",
    "weakref.hostile-repr",
    "set.bounds",
    "set.not-weak-referenceable",
}

STRICT_DYNAMO: Final = {
    "parent": partial(CorrectTable, DYNAMO),
    "module of views": module_of_views,
}
STRICT_OWN: Final = {
    "parent": partial(CorrectTable, OWN),
    "lists": ListTable,
    "weak values": WeakValueTable,
    "generations": GenerationTable,
    "threads": ThreadTable,
}


# One table each, judged by a fork for each requirement: a second or two, and so in the deep run.
ONE_OWN: Final = {"one list table": ListTable(), "one weak-value table": WeakValueTable()}


def each(targets: dict[str, object], deep: dict[str, object] | None = None) -> pytest.MarkDecorator:
    """Runs a test once for each target, under the target's name; some in the deep run only."""
    rare = [pytest.param(one, id=id_, marks=pytest.mark.deep) for id_, one in (deep or {}).items()]
    usual = [pytest.param(one, id=id_) for id_, one in targets.items()]
    return pytest.mark.parametrize("target", [*usual, *rare])


def failed(target: object, edition: str) -> set[str]:
    """Returns the requirements that a target fails."""
    report = run(target, edition=edition, profile="core")
    assert report.errors == ()
    return set(report.failed)


@each({**STRICT_DYNAMO, "like PyTorch": LikePyTorch}, {"one like PyTorch": LikePyTorch()})
def test_nothing_is_red_under_dynamo(target: object) -> None:
    """What keeps PyTorch's rules passes everything, whatever it is made of."""
    assert failed(target, DYNAMO) == set()


@each({**STRICT_OWN, "one weak-value table": WeakValueTable()}, {"one list table": ListTable()})
def test_nothing_is_red_under_the_own_edition(target: object) -> None:
    """What keeps this project's rules passes everything, whatever it is made of."""
    assert failed(target, OWN) == set()


@each(STRICT_DYNAMO)
def test_dynamo_fails_what_is_opposite_under_the_own_edition(target: object) -> None:
    """A table that is as strict as it may be fails on what no table can pass in both editions."""
    assert failed(target, OWN) == OPPOSITE


@each(STRICT_OWN, ONE_OWN)
def test_the_own_edition_fails_what_is_opposite_under_dynamo(target: object) -> None:
    """Being stricter is no fault under the older edition."""
    assert failed(target, DYNAMO) == OPPOSITE


def test_what_is_like_pytorch_fails_what_is_stricter_too() -> None:
    """What PyTorch does not promise is found missing under the edition that asks for it."""
    assert failed(LikePyTorch, OWN) == OPPOSITE | STRICTER
