"""What `prove` finds wrong with a kit, and what it says when nothing is."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from contextvars import Context, copy_context
from dataclasses import replace
from types import MappingProxyType

import pytest

from sidetable_conformance import KitError, requirements
from sidetable_conformance.bench.bench import FOUND, Bench
from sidetable_conformance.bench.collecting import leave_out_what_is_there, quick_collections
from sidetable_conformance.checks import CHECKS
from sidetable_conformance.mutants import MUTANTS, Catch, CorrectTable, Mutant, kill_matrix
from sidetable_conformance.objects.things import Thing
from sidetable_conformance.proving.catching import catch, red
from sidetable_conformance.proving.findings import (
    not_as_said,
    not_the_file,
    without_mutant,
    without_use,
)
from sidetable_conformance.proving.points import NO_POINT, all_points, points_of
from sidetable_conformance.proving.proof import conclude, faults_of, prove

pytestmark = pytest.mark.slow

POINTS = MappingProxyType({id_: {} for id_ in CHECKS})
NAMED = {mutant.__name__: mutant for mutant in MUTANTS}


class Fault(Mutant):
    """It gives None where there is nothing."""

    caught_by = "lookup.dead-is-error"
    through = "not found"
    also = frozenset({"store.large"})


def caught(through: str, **also: str) -> Catch:
    """Returns how `Fault` was caught in edition 2026.11."""
    named = tuple((f"store.{id_}", point) for id_, point in also.items())
    return Catch("Fault", "2026.11", Fault.caught_by, through, named)


@pytest.mark.parametrize(
    ("seen", "findings"),
    [
        (caught("not found", large="found"), []),
        (caught("", large="found"), ["Fault in edition 2026.11 is not caught by lookup.dead-is"]),
        (caught("dead", large="found"), ["is caught through 'dead', and says 'not found'"]),
        (caught("not found", large="", failure=""), ["than it lists: store.failure"]),
        (caught("not found"), ["Fault turns none of these red, which it lists: store.large"]),
    ],
)
def test_a_mutant_has_to_be_caught_as_it_says(seen: Catch, findings: list[str]) -> None:
    """By its own id, through its own point, and by every other id that it lists and no more."""
    found = list(not_as_said(Fault, [seen]))
    assert len(found) == len(findings)
    assert all(part in whole for part, whole in zip(findings, found, strict=True))


def test_every_requirement_needs_a_mutant_in_each_edition() -> None:
    """A check that nothing turns red shows nothing."""
    [first, *others] = requirements()
    catches = [Catch("A", edition, row.id, "found") for row in others for edition in row.editions]
    assert list(without_mutant(requirements(), catches)) == [
        f"no mutant breaks {first.id} in edition {edition}" for edition in first.editions
    ]


def test_every_point_has_to_catch_something() -> None:
    """An assertion that could go unnoticed is found, by whichever mutant it would have caught."""
    points = {"a.b": {((1,), "found"): "found", ((2,), "dead"): "dead"}}
    own = Catch("A", "2026.11", "a.b", "found")
    other = Catch("B", "2026.11", "c.d", "found", (("a.b", "dead"),))
    assert list(without_use(points, [own, other])) == []
    assert list(without_use(points, [own])) == ["no mutant is caught by a.b through 'dead'"]


def test_the_file_has_to_be_the_matrix() -> None:
    """A catch that is missing, new or other is named."""
    one, other = caught("found"), replace(caught("found"), edition="dynamo-2.13")
    differs = "the matrix in the file differs for Fault in edition"
    assert list(not_the_file([one, other], [other, one])) == []
    assert list(not_the_file([one], [one, other])) == [f"{differs} dynamo-2.13"]
    assert list(not_the_file([one, other], [other])) == [f"{differs} 2026.11"]
    assert list(not_the_file([one], [caught("dead")])) == [f"{differs} 2026.11"]


def test_the_matrix_in_the_file_proves_the_kit() -> None:
    """Removing any one assertion would change it, and each requirement has its mutants."""
    proof = conclude(MUTANTS, all_points(), kill_matrix())
    assert proof.holds, (proof.findings, proof.stale)
    assert proof.strength.caught == len(kill_matrix())


def test_a_line_removed_is_a_point_less() -> None:
    """Two places of one kind are two points, in the order of their lines."""

    def check(bench: Bench) -> None:
        table, thing = bench.fresh(), Thing("a")
        table.store(thing, thing)
        for index in (0, 1):
            bench.found(table, index, thing, "once")
        again(bench)

    def again(bench: Bench) -> None:
        table, thing = bench.fresh(), Thing("a")
        table.store(thing)
        bench.found(table, 0, thing, "again")
        bench.not_found(table, 1, "again")

    points = points_of(check)
    assert sorted(points.values()) == ["found", "found 2", "not found"]
    assert [len(place) for (place, fact) in sorted(points) if fact == FOUND] == [1, 2]


def test_a_failure_where_nothing_ever_held_has_no_point() -> None:
    """An assertion that the correct table never comes to can not be the intended one."""
    assert set(red(NAMED["DeadIsNone"], "2026.11", POINTS).values()) == {NO_POINT}


def test_an_operation_that_raises_is_named() -> None:
    """Every call has to return, which is an assertion of its own."""
    seen = catch(NAMED["ResetTwiceRaises"], "2026.11", POINTS, {"reset.idempotent"})
    assert seen.through == "called reset"


def test_what_threads_find_by_chance_is_no_part_of_the_matrix() -> None:
    """A fault that a schedule shows may show in threads that run as they come, too, or not."""

    class Scheduled(NAMED["ThreadsCountForThemselves"]):
        caught_by = "isolation.every-interleaving"
        also = frozenset()

    assert red(Scheduled, "2026.11", POINTS, {"isolation.registration"})
    assert catch(Scheduled, "2026.11", POINTS, {"isolation.registration"}).also == ()


def test_a_check_that_sees_nothing_of_its_matter_is_red() -> None:
    """A table that finds None everywhere keeps what a set is about from happening."""
    seen = red(
        NAMED["UnboundIsNone"], "2026.11", all_points({"core"}), {"set.not-weak-referenceable"}
    )
    assert seen == {"set.not-weak-referenceable": "vacuous"}


def test_a_check_that_goes_wrong_is_the_kits_fault() -> None:
    """A mutant that lets a check down in another way than by failing it proves nothing."""

    class Endless(CorrectTable):
        def has_user_objects(self) -> bool:
            raise KitError("a control did not hold")

    with pytest.raises(KitError, match=r"present\.after-user-object went wrong over Endless in ed"):
        red(Endless, "2026.11", POINTS, {"present.after-user-object"})


@pytest.fixture
def thawed() -> Iterator[Context]:
    """A context in which collections are not quick, while nothing is frozen."""
    gc.unfreeze()
    yield Context()
    gc.freeze()


@pytest.mark.parametrize("inner", [Context, copy_context])
def test_quick_collections_thaw_only_what_they_froze(
    thawed: Context, inner: Callable[[], Context]
) -> None:
    """Somebody else may have frozen objects, in this context or another, which stay so."""

    def nest() -> int:
        with quick_collections():
            return gc.get_freeze_count()

    def begin() -> None:
        with quick_collections():
            frozen = gc.get_freeze_count()
            assert frozen > 0
            assert inner().run(nest) <= frozen
            assert gc.get_freeze_count() > 0

    thawed.run(begin)
    assert gc.get_freeze_count() == 0


def test_what_is_made_later_can_be_left_out_too(
    thawed: Context, frozen: Callable[[object], bool]
) -> None:
    """While collections are quick, and only then."""

    def leave_out() -> None:
        leave_out_what_is_there()
        assert gc.get_freeze_count() == 0
        with quick_collections():
            made: list[object] = []
            leave_out_what_is_there()
            assert frozen(made)

    thawed.run(leave_out)
    assert gc.get_freeze_count() == 0


def test_what_somebody_else_froze_is_not_joined_by_more(
    thawed: Context, frozen: Callable[[object], bool]
) -> None:
    """Nobody would thaw it, as it is theirs to do."""

    def leave_out() -> None:
        with quick_collections():
            made: list[object] = []
            leave_out_what_is_there()
            assert not frozen(made)

    gc.freeze()
    thawed.run(leave_out)
    assert gc.get_freeze_count() > 0


def test_some_mutants_can_be_proved_alone() -> None:
    """What is asked of the whole matrix is not asked then, and each catch is told at once."""
    told: list[Catch] = []
    proof = prove([NAMED["DeadIsNone"]], told.append)
    assert proof.holds
    assert prove([NAMED["DeadIsNone"]]) == proof
    assert tuple(told) == proof.catches
    assert json.loads(proof.to_json())["catches"] == [each.row() for each in told]


def test_a_parent_with_a_fault_is_a_finding() -> None:
    """What mutants are children of has to be right, or their faults are not theirs."""
    findings = list(faults_of(NAMED["StoreReturnsTheNumber"], all_points({"core"})))
    assert findings == [
        f"StoreReturnsTheNumber turns store.returns-nothing red in edition {edition},"
        " through 'fact'"
        for edition in Mutant.editions
    ]
    proof = conclude([], POINTS, [], findings)
    assert proof.findings == tuple(findings)
    assert not proof.holds
