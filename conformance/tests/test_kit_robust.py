"""Profile robust: what is said of implementations that can not be looked into, copied or forked."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Final, Self

import pytest

from sidetable_conformance import NotTestable, RequirementFailed, Session, Verdict, run
from sidetable_conformance.mutants import CorrectTable
from sidetable_conformance.mutants._robust import RobustTable
from sidetable_conformance.processes.forking import Wait, forked
from sidetable_conformance.processes.optimized import errors_elsewhere
from sidetable_conformance.targets.target import open_target

from .implementations import module_of_views
from .implementations.generations import GenerationTable
from .implementations.lists import ListTable
from .implementations.objects import WeakValueTable
from .implementations.threads import ThreadTable

OWN: Final = "2026.11"
MODULE: Final = "sidetable_conformance.processes"


def verdict(target: object, id_: str) -> tuple[Verdict, str]:
    """Returns the verdict on one requirement, and what is said about it."""
    session = Session(target, edition=OWN, profile="robust")
    [row] = [row for row in session.requirements if row.id == id_]
    result = session.judge_alone(row)
    return result.verdict, result.message


def test_the_parent_keeps_every_rule() -> None:
    """The table that the mutants are children of is right itself."""
    report = run(partial(RobustTable, OWN), edition=OWN, profile="core,isolation,robust")
    assert report.failed == ()
    assert {result.verdict for result in report.results} == {Verdict.PASS}


@pytest.mark.parametrize(
    "target", [ListTable, WeakValueTable, GenerationTable, ThreadTable, module_of_views]
)
def test_everybody_gets_a_verdict(target: object) -> None:
    """Tables that promise less are judged all the same, and nothing goes wrong over them."""
    session = Session(target, edition=OWN, profile="robust")
    verdicts = {session.judge_alone(row).verdict for row in session.requirements}
    assert verdicts <= {Verdict.PASS, Verdict.FAIL}


# --- what can not be looked into --------------------------------------------------------------


def _opaque() -> SimpleNamespace:
    """Returns a table no part of whose code can be told to be its own."""
    table = RobustTable(OWN)
    names = ("get", "has_user_objects", "register_graph_created_object", "register_user_object")
    more = ("reset", "store", "constructors")
    return SimpleNamespace(**{name: getattr(table, name) for name in (*names, *more)})


def opaque() -> SimpleNamespace:
    """Returns such a table whose constructors are seen as they are."""
    table = RobustTable(OWN)

    class View(SimpleNamespace):
        @property
        def constructors(self) -> object:
            return table.constructors

    View.__module__ = "types"
    names = ("get", "has_user_objects", "register_graph_created_object", "register_user_object")
    return View(**{name: getattr(table, name) for name in (*names, "reset", "store")})
