"""Every id stands in one place, and what the list says of a requirement is complete and true."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from functools import cache

import pytest

from sidetable_conformance import EDITIONS, KitError, Requirement, requirements
from sidetable_conformance.mutants import MUTANTS, Mutant, parent_of
from sidetable_conformance.spec.examples import SHARED
from sidetable_conformance.spec.listing import Listing, listing, parse_listing
from sidetable_conformance.spec.unchecked import Excluded, Reserved, Retired

ROW = {"id": "area.rule", "level": "MUST", "profile": "core", "text": "Something is asked."}
OTHER = {**ROW, "id": "area.other"}
EXCLUDED = {"id": "area.unseen", "text": "Something is so.", "reason": "Nobody can see it."}
RESERVED = {"id": "area.later", "profile": "isolation", "text": "Something will be asked."}
RETIRED = {"id": "area.gone", "since": "2026.11", "reason": "Nobody needs it."}
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def text_of(**kinds: list[dict[str, object]]) -> str:
    """Returns a list with these entries as TOML."""
    lines = ["schema = 1"]
    for kind, rows in kinds.items():
        for row in rows:
            lines += [f"[[{kind}]]", *(f"{key} = {value!r}" for key, value in row.items())]
    return "\n".join(lines)


@cache
def needed(id_: str) -> frozenset[str]:
    """Returns everything that a requirement needs, and what that needs, and so on."""
    by_id = {row.id: row for row in requirements()}
    direct = by_id[id_].needs
    return frozenset(direct).union(*map(needed, direct))


@pytest.mark.parametrize("row", requirements(), ids=lambda row: row.id)
def test_a_requirement_is_explained(row: Requirement) -> None:
    """It says why it is asked, shows an example, and names one to three likely causes."""
    assert row.why.endswith(".")
    assert 1 <= len(row.causes) <= 3
    assert all(cause.endswith(".") for cause in row.causes)
    code = [line for line in row.example.splitlines() if line.startswith((">>> ", "... "))]
    assert 2 <= len(code) <= 7
    assert max(map(len, row.example.splitlines())) <= 88


@pytest.mark.parametrize("row", requirements(), ids=lambda row: row.id)
def test_an_example_is_true(row: Requirement) -> None:
    """It runs, and prints what it says that it prints."""
    parent = parent_of(row.profile)
    names: dict[str, object] = {"SideTable": lambda edition="2026.11": parent(edition)}
    exec(SHARED, names)
    test = doctest.DocTestParser().get_doctest(row.example, names, row.id, None, None)
    assert test.examples
    doctest.DebugRunner(optionflags=LENIENT).run(test)


def test_examples_need_what_they_share() -> None:
    """Every name that the shared lines make is used by an example."""
    names: dict[str, object] = {}
    exec(SHARED, names)
    examples = "\n".join(row.example for row in requirements())
    unused = [name for name in names if not re.search(rf"\b{name}\b", examples)]
    assert unused == ["__builtins__"]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_fault_does_not_block_the_requirement_that_catches_it(mutant: type[Mutant]) -> None:
    """What the catching requirement needs is kept by the fault, so that the right id is red."""
    assert not needed(mutant.caught_by) & mutant.also


def test_nothing_needs_what_editions_differ_in() -> None:
    """Who keeps one edition's rules is told about all that is different in the other."""
    different = {row.id for row in requirements() if row.difference}
    assert not different.intersection(*[{id_ for row in requirements() for id_ in row.needs}])


def test_needs_are_few() -> None:
    """A requirement names what it stands on, and leaves out what that stands on itself."""
    for row in requirements():
        assert len(row.needs) <= 4
        for id_ in row.needs:
            assert not needed(id_) & set(row.needs), row.id


def test_every_kind_of_entry_is_read() -> None:
    """Each has its fields, in the order of the text."""
    text = text_of(requirement=[ROW], excluded=[EXCLUDED], reserved=[RESERVED], retired=[RETIRED])
    assert parse_listing(text) == Listing(
        (Requirement("area.rule", "MUST", "core", "Something is asked."),),
        (Excluded("area.unseen", "Something is so.", "Nobody can see it."),),
        (Reserved("area.later", "isolation", "Something will be asked."),),
        (Retired("area.gone", "2026.11", "Nobody needs it."),),
    )


def test_later_profiles_are_reserved() -> None:
    """The ids of the profiles that are to come can not be taken by anything else."""
    reserved = listing().reserved
    assert {row.id.partition(".")[0] for row in reserved} <= {"isolation", "lifetime", "robust"}


def test_what_stands_beside_a_requirement_is_a_sentence() -> None:
    """Texts and reasons are sentences, as the texts of requirements are."""

    def texts() -> Iterator[str]:
        for row in listing().excluded:
            yield from (row.text, row.reason)
        yield from (row.text for row in listing().reserved)

    assert all(text[0].isupper() and text.endswith(".") for text in texts())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            text_of(requirement=[ROW], retired=[{**RETIRED, "id": "area.rule"}]),
            "area.rule is retired since 2026.11, and can not be used again",
        ),
        (
            text_of(requirement=[ROW], reserved=[{**RESERVED, "id": "area.rule"}]),
            "there more than once: area.rule",
        ),
        (
            text_of(requirement=[ROW], excluded=[EXCLUDED, EXCLUDED]),
            "there more than once: area.unseen",
        ),
        (text_of(requirement=[ROW], excluded=[{"id": "a.b"}]), "excluded a.b: missing: reason"),
        (
            text_of(requirement=[ROW], retired=[{**RETIRED, "since": "1999.1"}]),
            "retired area.gone: since is '1999.1'",
        ),
        (
            text_of(requirement=[ROW], reserved=[{**RESERVED, "profile": "other"}]),
            "reserved area.later: profile is 'other'",
        ),
        (text_of(requirement=[ROW]) + "\n[[require]]\n", "requirement list: unknown: require"),
        ("schema = 1\nexcluded = 5\n" + text_of(requirement=[ROW])[10:], "no excluded in it"),
        (text_of(requirement=[{**ROW, "needs": "area.other"}]), "needs is not a list of texts"),
        (text_of(requirement=[{**ROW, "needs": [" "]}]), "needs: an item is not a text"),
        (
            text_of(requirement=[{**ROW, "needs": ["area.other"]}]),
            "area.rule needs area.other, which is no requirement",
        ),
        (
            text_of(
                requirement=[{**ROW, "needs": ["area.other"]}, {**OTHER, "needs": ["area.rule"]}]
            ),
            "they need one another: area.",
        ),
        (
            text_of(
                requirement=[
                    {**ROW, "needs": ["area.other"]},
                    {**OTHER, "editions": ["2026.11"]},
                ]
            ),
            "area.rule needs area.other, which not all of its editions ask for",
        ),
    ],
)
def test_a_contradiction_in_the_list_is_an_error(text: str, complaint: str) -> None:
    """A list that is not valid is refused whole, and says where and why."""
    with pytest.raises(KitError, match=re.escape(complaint)):
        parse_listing(text)


def test_a_need_may_stand_below() -> None:
    """The order of the list is for people; only a circle is refused."""
    text = text_of(requirement=[{**ROW, "needs": ["area.other"]}, OTHER])
    assert parse_listing(text).requirements[0].needs == ("area.other",)


def test_an_edition_that_differs_says_how() -> None:
    """In words for people, which are empty where editions agree."""
    words = {row.how_editions_differ.partition(":")[0] for row in requirements()}
    assert words == {"", "opposite", f"stricter in {EDITIONS[-1]}"}
