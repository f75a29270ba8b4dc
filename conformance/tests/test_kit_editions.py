"""Editions are frozen: nothing that they ask is lost, reworded or used for something else."""

from __future__ import annotations

import re

import pytest

from sidetable_conformance import EDITIONS, KitError, Requirement
from sidetable_conformance.spec.departures import departures
from sidetable_conformance.spec.editions import (
    FrozenEdition,
    FrozenRule,
    frozen_edition,
    parse_edition,
)
from sidetable_conformance.spec.listing import Listing, listing
from sidetable_conformance.spec.unchecked import Excluded, Reserved, Retired

RULE = FrozenRule("area.rule", "core", "MUST", "Something is asked.")
EDITION = FrozenEdition("2026.11", (RULE,))
SAME = Requirement("area.rule", "MUST", "core", "Something is asked.")
TEXT = """\
schema = 1
edition = "2026.11"
[core.MUST]
"area.rule" = "Something is asked."
"""


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_list_still_asks_what_was_frozen(edition: str) -> None:
    """No id is lost and no sentence is changed; a new wording is a matter of the next edition."""
    assert departures(frozen_edition(edition), listing()) == ()


@pytest.mark.parametrize("edition", EDITIONS)
def test_profile_core_is_frozen_whole(edition: str) -> None:
    """Every requirement of profile core counts under both editions."""
    frozen = [rule for rule in frozen_edition(edition).rules if rule.profile == "core"]
    asked = [row for row in listing().requirements if row.profile == "core"]
    assert len(asked) == len(frozen) == 58
    assert {row.id for row in asked} == {rule.id for rule in frozen}


def test_the_other_profiles_are_frozen_as_far_as_they_are_asked() -> None:
    """Only this project's own edition has them, and every requirement counts."""
    assert {rule.profile for rule in frozen_edition("dynamo-2.13").rules} == {"core"}
    frozen = frozen_edition("2026.11")
    assert all(frozen.scores(row) for row in listing().requirements)


def test_a_requirement_that_was_added_later_is_not_scored() -> None:
    """It is listed and judged, and the edition does not know it."""
    added = Requirement("area.added", "MUST", "core", "More is asked.")
    assert departures(EDITION, Listing((SAME, added))) == ()
    assert EDITION.scores(SAME)
    assert not EDITION.scores(added)


@pytest.mark.parametrize(
    ("listed", "complaint"),
    [
        (Listing(()), "2026.11 asks area.rule, which is no longer listed: retire an id"),
        (
            Listing((Requirement("area.rule", "MUST", "core", "Something else."),)),
            "2026.11 asks area.rule in other words: frozen are 'Something is asked.'",
        ),
        (
            Listing((Requirement("area.rule", "SHOULD", "core", "Something is asked."),)),
            "2026.11 asks area.rule as a MUST of core, and it is now a SHOULD of core",
        ),
        (
            Listing(
                (Requirement("area.rule", "MUST", "core", "Something.", editions=("dynamo-2.13",)),)
            ),
            "2026.11 asks area.rule, which is now asked by dynamo-2.13 only",
        ),
        (
            Listing((), retired=(Retired("area.rule", "2026.11", "Gone."),)),
            "2026.11 asks area.rule, which is retired since 2026.11",
        ),
        (
            Listing((), excluded=(Excluded("area.rule", "A rule.", "Unseen."),)),
            "2026.11 asks area.rule, which is now excluded or reserved",
        ),
        (
            Listing((), reserved=(Reserved("area.rule", "robust", "A rule."),)),
            "2026.11 asks area.rule, which is now excluded or reserved",
        ),
    ],
)
def test_a_departure_from_an_edition_is_named(listed: Listing, complaint: str) -> None:
    """A list that changed what was frozen is told which id, and how."""
    [sentence] = departures(EDITION, listed)
    assert sentence.startswith(complaint)


def test_a_later_edition_may_retire_what_an_earlier_one_asks() -> None:
    """The frozen words stay, and the id stays taken."""
    earlier = FrozenEdition("dynamo-2.13", (RULE,))
    listed = Listing((), retired=(Retired("area.rule", "2026.11", "Gone."),))
    assert departures(earlier, listed) == ()


def test_an_edition_is_read() -> None:
    """Profiles, levels, ids and sentences are those of the text."""
    assert parse_edition(TEXT, "2026.11") == EDITION


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("schema = ", "edition 2026.11: "),
        (TEXT.replace("schema = 1", "schema = 2"), "schema is not 1"),
        (TEXT.replace("2026.11", "2027.5"), "edition is not 2026.11"),
        (TEXT.replace("core", "croe"), "there is no croe; choose from core"),
        (TEXT.replace("MUST", "MIGHT"), "there is no MIGHT; choose from MUST, SHOULD"),
        (TEXT.replace("[core.MUST]", "[core]"), "there is no area.rule; choose from MUST, SHOULD"),
        (TEXT.replace("[core.MUST]", "[core]\nSHOULD = 5\n[core.MUST]"), "SHOULD is not a table"),
        (TEXT.replace('"Something is asked."', "5"), "the sentence of area.rule is not a text"),
    ],
)
def test_a_slip_in_an_edition_is_an_error(text: str, complaint: str) -> None:
    """A file that says anything else is refused whole."""
    with pytest.raises(KitError, match=re.escape(complaint)):
        parse_edition(text, "2026.11")


def test_an_edition_that_there_is_not_is_an_error() -> None:
    """The names of those that there are are given."""
    with pytest.raises(ValueError, match=r"no edition '2027\.5'; choose from dynamo-2\.13, 2026"):
        frozen_edition("2027.5")
