"""Every mutant is caught by its own requirement, through the assertion that its fault is about."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sidetable_conformance import KitError, requirements
from sidetable_conformance.mutants import (
    MUTANTS,
    PARENTS,
    Catch,
    CorrectTable,
    Edition,
    Mutant,
    Strength,
    kill_matrix,
    strength,
)
from sidetable_conformance.mutants.matrix import matrix_text, parse_matrix
from sidetable_conformance.proving.catching import red
from sidetable_conformance.proving.points import Points, all_points

pytestmark = pytest.mark.slow

IDS = {requirement.id for requirement in requirements()}
HANDLES = {"handle.stale", "handle.unknown", "handle.wrong-table"}
SETS = {"set.replaces-one", "set.lifetime"}
NEAR = {
    "FrameHoldsWhatItFound": {"frame.set"},
    "HandleFindsWhatTheFrameBegan": HANDLES,
    "HandleIsAText": HANDLES,
    "HandleIsLarge": HANDLES,
    "HeldIsFoundAfterItsFrame": {"frame.holds"},
    "OpenFramesAreListed": {"frame.set", "hold.frame", "frame.out-of-order"},
    "OutOfOrderEndsTheInnermost": {"frame.holds"},
    "OutOfOrderIsSilent": {"frame.holds"},
    "PlainErrorForGraphCreated": {"weakref.user-object"},
    "PlainErrorForUserObjects": {"weakref.graph-created"},
    "ResolveTakesIntsOnly": HANDLES,
    "SetInAFrameBindsWhatIsBelow": SETS,
    "SetInAFrameHoldsWeakly": SETS,
    "SetInAFrameIsASetBelow": SETS,
    "SetInAFrameIsKeptByTheBinding": SETS,
    "SetIsLostPastTheEnd": SETS,
    "SetTakesIntsOnly": SETS,
    "StoreNeedsRegistrations": {"lookup.repeatable"},
    "StoresEqualObjectsOnce": {"store.holds-weakly"},
    "TypeErrorEscapesForGraphCreated": {"weakref.user-object"},
    "TypeErrorEscapesForUserObjects": {"weakref.graph-created"},
}
"""Requirements that ask for what a mutant does right beside its fault."""

FILED = {(filed.mutant, filed.edition): filed for filed in kill_matrix()}


@pytest.fixture(scope="module")
def points() -> Mapping[str, Points]:
    """The points of every check."""
    return all_points()


@pytest.mark.parametrize(
    ("parent", "edition"),
    [(PARENTS[0], "dynamo-2.13"), *((parent, "2026.11") for parent in PARENTS[:-1])],
)
def test_a_parent_has_no_fault(
    parent: type[CorrectTable], edition: Edition, points: Mapping[str, Points]
) -> None:
    """What mutants are children of passes everything, so whatever is red is the fault's.

    The parent of profile robust has a test of its own.
    """
    assert red(parent, edition, points) == {}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_fault_is_caught_as_the_matrix_says(
    mutant: type[Mutant], points: Mapping[str, Points]
) -> None:
    """By its own id, at its own point, in every edition.

    `sidetable-conformance prove` sees that nothing else turns red, which takes minutes.
    """
    for edition in mutant.editions:
        own = {mutant.caught_by}
        seen = red(mutant, edition, points, own, closely=own)
        assert seen == {mutant.caught_by: FILED[mutant.__name__, edition].through}


@pytest.mark.parametrize("name", NEAR)
def test_a_fault_breaks_nothing_near_it_but_what_the_matrix_says(
    name: str, points: Mapping[str, Points]
) -> None:
    """These are requirements for whose sake alone the mutant does something right."""
    [mutant] = [mutant for mutant in MUTANTS if mutant.__name__ == name]
    for edition in mutant.editions:
        others = dict(FILED[name, edition].also)
        expected = {id_: others[id_] for id_ in NEAR[name] & others.keys()}
        assert red(mutant, edition, points, NEAR[name]) == expected


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_mutant_says_what_it_is(mutant: type[Mutant]) -> None:
    """Its fault is one sentence, and it names requirements that there are."""
    assert mutant.fault().endswith(".")
    assert mutant.fault().count(". ") == 0
    assert "\n" not in mutant.fault()
    assert {mutant.caught_by, *mutant.also} <= IDS
    assert mutant.caught_by not in mutant.also


def test_no_two_mutants_have_one_name_or_fault() -> None:
    """A name in a report means one fault."""
    assert len({mutant.__name__ for mutant in MUTANTS}) == len(MUTANTS)
    assert len({mutant.fault() for mutant in MUTANTS}) == len(MUTANTS)


def test_a_point_may_differ_between_editions() -> None:
    """A mutant says the one for both, or the one for each."""

    class Both(Mutant):
        through = "found"

    class Each(Both):
        through_own = "dead"

    assert [Both.point(edition) for edition in Mutant.editions] == ["found", "found"]
    assert [Each.point(edition) for edition in Mutant.editions] == ["found", "dead"]


def test_the_strength_is_what_the_matrix_says() -> None:
    """Every mutant counts once, and every fault once for each edition."""
    missed = Catch("A", "2026.11", "store.large", "")
    caught = Catch("A", "dynamo-2.13", "store.large", "found")
    assert Strength.of([missed, caught]) == Strength(mutants=1, faults=2, caught=1)
    assert str(Strength.of([missed, caught])) == "1 of 2 faults caught"
    cases = sum(len(mutant.editions) for mutant in MUTANTS)
    assert strength() == Strength(len(MUTANTS), cases, cases)


def test_a_matrix_is_read_as_it_was_written() -> None:
    """The file has the same bytes for the same matrix."""
    text = matrix_text(kill_matrix())
    assert parse_matrix(text) == kill_matrix()
    assert parse_matrix(matrix_text([])) == ()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": 2}', '{"schema": 1}', '{"schema": 1, "catches": [{"also": {}}]}']
)
def test_what_is_no_matrix_is_the_kits_fault(text: str) -> None:
    """The file belongs to the kit, so a broken one says nothing of a target."""
    with pytest.raises(KitError, match="kill matrix"):
        parse_matrix(text)
