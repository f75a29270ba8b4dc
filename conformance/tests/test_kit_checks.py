"""Checks look at what their requirement is about, and at nothing beside it."""

from __future__ import annotations

import weakref
from functools import partial
from types import MethodType
from typing import NoReturn

import pytest

from sidetable_conformance import KitError, Session, Verdict, requirements, run
from sidetable_conformance.bench.bench import FACTS, Bench
from sidetable_conformance.bench.check import premises_of
from sidetable_conformance.checks import CHECKS
from sidetable_conformance.checks.weakref import _complaint
from sidetable_conformance.mutants import CorrectTable, parent_of
from sidetable_conformance.objects.things import Thing
from sidetable_conformance.targets.target import open_target
from sidetable_source import Source, Unsupported

pytestmark = pytest.mark.slow


def failed(table: type[CorrectTable]) -> tuple[str, ...]:
    """Returns the requirements of edition 2026.11 that a table fails."""
    report = run(lambda: table("2026.11"))
    assert report.errors == ()
    return report.failed


def test_a_registration_may_ask_a_source_for_its_name() -> None:
    """Nothing may be written at registration, but a name is not writing."""

    class Table(CorrectTable):
        def register_user_object(self, value: object, source: Source) -> int:
            assert source.name
            return super().register_user_object(value, source)

    assert failed(Table) == ()


def test_a_method_that_is_stored_is_dead_at_once() -> None:
    """A table that holds a bound method by its object finds what nobody has."""

    class Table(CorrectTable):
        def _refer(self, value: object) -> object:
            kind = weakref.WeakMethod if type(value) is MethodType else weakref.ref
            return kind(value)

    assert failed(Table) == ("lookup.dead-is-error",)


@pytest.mark.parametrize(
    ("gb_type", "explanation", "wrong"),
    [
        ("Failed to make weakref to User Object", "", False),
        ("", "A user-object can not be weakly referenced.", False),
        (
            "no words",
            "The user object, which is no graph-created one, can not be referenced.",
            False,
        ),
        ("USER OBJECT", "It is not a graph-created object.", False),
        ("graph-created object", "It is not a user object.", True),
        ("", "The object can not be weakly referenced.", True),
    ],
)
def test_which_kind_was_refused_is_read_from_the_error(
    gb_type: str, explanation: str, wrong: bool
) -> None:
    """By `gb_type` if that says it, else by the text, in any case and with or without hyphen."""

    class Table(CorrectTable):
        def _refuse(self, kind: str, value: object, cause: TypeError) -> NoReturn:
            if kind == "graph-created object":
                super()._refuse(kind, value, cause)
            raise Unsupported(gb_type, "", explanation) from cause

    assert failed(Table) == (("weakref.user-object",) if wrong else ())


def test_an_error_without_gb_type_will_do() -> None:
    """What the exception is called counts, and its text; not whose class it is."""

    class Unsupported(Exception):  # noqa: N818  # PyTorch's name
        pass

    class Table(CorrectTable):
        def _refuse(self, kind: str, value: object, cause: TypeError) -> NoReturn:
            raise Unsupported(f"no weakref to this {kind}") from cause

    assert failed(Table) == ()


def test_a_set_out_of_bounds_has_to_raise_a_lookups_error() -> None:
    """Another error than a lookup's is as wrong as none."""

    class Table(CorrectTable):
        def set(self, index: int, value: object) -> None:
            if index not in self._references and index not in self.constructors:
                raise ValueError(index)
            super().set(index, value)

    assert failed(Table) == ("set.bounds",)


def test_the_complaint_of_weakref_needs_something_to_complain_about() -> None:
    """An interpreter that refers weakly to what others do not is no fault of a target's."""
    with pytest.raises(KitError, match="Thing 'a' can be weakly referenced on this interpreter"):
        _complaint(Thing("a"))


@pytest.mark.parametrize("id_", CHECKS)
def test_a_check_has_to_see_what_it_sees_on_a_correct_table(id_: str) -> None:
    """Its premises are the kinds of fact that it requires in each edition, no more and no less.

    They are those of a target that has no more powers than the requirement is about.
    """
    seen = []
    [row] = [row for row in requirements() if row.id == id_]
    for edition in row.editions:
        make = partial(parent_of(row.profile), edition)
        bench = Bench(open_target(make, capabilities=row.capabilities), edition)
        CHECKS[id_](bench)
        bench.clear()
        seen.append(bench.counts)
    assert premises_of(CHECKS[id_]) == tuple(
        fact for fact in FACTS if all(counts[fact] for counts in seen)
    )


def test_every_check_has_premises() -> None:
    """A check without one could pass with nothing seen."""
    assert all(premises_of(check) for check in CHECKS.values())


def test_a_check_that_compares_before_and_after_needs_something_to_compare() -> None:
    """A table on which nothing is ever found is not shown to keep anything."""

    class Table(CorrectTable):
        def get(self, index: int) -> object:
            return self._never_bound(index)

    session = Session(lambda: Table("2026.11"))
    [row] = [row for row in session.requirements if row.id == "set.not-weak-referenceable"]
    result = session.judge_alone(row)
    assert result.verdict is Verdict.VACUOUS
    assert result.message == "nothing was seen to be found: it shows nothing"
