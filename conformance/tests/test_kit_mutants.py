"""Every mutant is caught by its own requirement, and every requirement has a mutant."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import partial

import pytest

from sidetable_conformance import Session, Verdict, requirements
from sidetable_conformance.mutants import MUTANTS, CorrectTable, Edition, Mutant

IDS = {requirement.id for requirement in requirements()}
DIFFERENT = {requirement.id for requirement in requirements() if requirement.difference}


@pytest.fixture(autouse=True, scope="module")
def quick_collections() -> Iterator[None]:
    """Leaves what is older than the runs out of their collections, which are most of the time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def red(table: type[CorrectTable], edition: Edition, ids: AbstractSet[str] = IDS) -> set[str]:
    """Returns which of these requirements a table fails, in the edition that it is made for."""
    session = Session(partial(table, edition), edition=edition)
    results = [session.judge(row) for row in session.requirements if row.id in ids]
    assert Verdict.ERROR not in {result.verdict for result in results}
    return {result.id for result in results if result.verdict is Verdict.FAIL}


@pytest.mark.parametrize("edition", ["dynamo-2.13", "2026.11"])
def test_the_parent_has_no_fault(edition: Edition) -> None:
    """What every mutant is a child of passes everything, so whatever is red is the fault's."""
    assert red(CorrectTable, edition) == set()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_fault_is_caught_by_its_own_requirement(mutant: type[Mutant]) -> None:
    """In each of its editions the fault turns its own id red, and no other than those it names."""
    *earlier, latest = mutant.editions
    failed = [red(mutant, latest)]
    # What is the same in both editions needs no second look, which would double the time.
    failed += [red(mutant, each, DIFFERENT | {mutant.caught_by, *mutant.also}) for each in earlier]
    assert all(mutant.caught_by in ids for ids in failed)
    assert set().union(*failed) - {mutant.caught_by} == mutant.also


@pytest.mark.parametrize("edition", ["dynamo-2.13", "2026.11"])
def test_every_requirement_has_a_mutant(edition: Edition) -> None:
    """No check could lose its teeth without a test that says so."""
    asked = {requirement.id for requirement in requirements() if edition in requirement.editions}
    assert asked == {mutant.caught_by for mutant in MUTANTS if edition in mutant.editions}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_mutant_says_what_it_is(mutant: type[Mutant]) -> None:
    """Its fault is one sentence, and it names requirements that there are."""
    assert mutant.fault().endswith(".")
    assert mutant.fault().count(". ") == 0
    assert "\n" not in mutant.fault()
    assert {mutant.caught_by, *mutant.also} <= IDS
    assert mutant.caught_by not in mutant.also


def test_no_two_mutants_have_one_name() -> None:
    """A name in a report means one fault."""
    names = [mutant.__name__ for mutant in MUTANTS]
    assert len(set(names)) == len(names)
