"""The requirement list is what it says, and a slip in it is an error of the kit."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

import sidetable_conformance.checks
from sidetable_conformance import EDITIONS, KitError, Requirement, requirements
from sidetable_conformance.bench.check import check, checks_in, pair
from sidetable_conformance.checks import CHECKS
from sidetable_conformance.spec.listing import parse_requirements

AREAS = {
    "index": 8,
    "present": 5,
    "lookup": 9,
    "store": 12,
    "keep": 4,
    "constructor": 8,
    "weakref": 6,
    "reset": 2,
    "set": 4,
    "isolation": 7,
    "lifetime": 1,
    "frame": 6,
    "entry": 1,
    "hold": 1,
    "snapshot": 4,
    "handle": 4,
    "robust": 8,
}
OPPOSITE = {
    "index.failed-registration",
    "constructor.failed-registration",
    "keep.failed-registration",
    "store.failure",
    "set.lifetime",
}
STRICTER = {
    "lookup.error-kinds",
    "weakref.hostile-repr",
    "set.bounds",
    "set.not-weak-referenceable",
}
ONE = {"id": "area.rule", "level": "MUST", "profile": "core", "text": "Something is asked."}


def listed(*rows: dict[str, object]) -> str:
    """Returns a requirement list as TOML."""
    entries = [
        "[[requirement]]\n" + "".join(f"{k} = {v!r}\n" for k, v in row.items()) for row in rows
    ]
    return "\n".join(["schema = 1", *entries])


def test_every_area_has_its_requirements() -> None:
    """The list has as many requirements in each area as the behaviour has rules."""
    assert Counter(row.area for row in requirements()) == AREAS


def test_ids_are_unique_and_of_one_form() -> None:
    """An id is area.rule in lower case, and names one requirement."""
    ids = [row.id for row in requirements()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", id_) for id_ in ids)


def test_the_editions_differ_in_exactly_these() -> None:
    """Five requirements are opposite and four are stricter; no other names an edition."""
    rows = requirements()
    assert {row.id for row in rows if row.difference == "opposite"} == OPPOSITE
    assert {row.id for row in rows if row.difference == "stricter"} == STRICTER
    assert {row.id for row in rows if row.edition_texts} == OPPOSITE | STRICTER


def test_a_sentence_is_what_its_edition_asks() -> None:
    """Where editions differ, each has a sentence of its own; elsewhere there is one for all."""
    for row in requirements():
        sentences = {row.sentence(edition) for edition in EDITIONS}
        assert len(sentences) == (2 if row.difference else 1), row.id
        assert all(sentence[0].isupper() or sentence[0] == "`" for sentence in sentences)
        assert all(sentence.endswith(".") for sentence in sentences)


def test_what_only_some_targets_have_is_asked_of_them_alone() -> None:
    """In profile core only a set is optional; all that isolation asks is."""
    for row in requirements():
        if row.profile == "core":
            assert row.capabilities == (("set",) if row.area == "set" else ())
        assert row.capabilities or row.profile != "isolation"


def test_every_requirement_has_its_check_and_no_check_is_over() -> None:
    """Requirements and checks are in one-to-one correspondence."""
    assert list(pair(requirements(), CHECKS)) == list(requirements())
    assert set(CHECKS) == {row.id for row in requirements()}


def test_no_check_uses_assert() -> None:
    """A check that asserted would pass everything under `python -O`."""
    package = Path(sidetable_conformance.checks.__file__).parent.parent
    files = sorted(package.rglob("*.py"))
    assert len(files) > 50
    guilty = [file.name for file in files if re.search(r"\n\s*assert\b", file.read_text())]
    assert guilty == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("schema = ", "requirement list: "),
        ("schema = 2", "schema is not 1"),
        ("schema = 1", "there is no requirement in it"),
        ("schema = 1\nrequirement = []", "there is no requirement in it"),
        ("schema = 1\nrequirement = 5", "there is no requirement in it"),
        ("schema = 1\nrequirement = [5]", "an entry is not a table"),
        (listed(ONE, ONE), "there more than once: area.rule"),
        (listed({**ONE, "levl": "MUST"}), "unknown: levl"),
        (listed({"id": "area.rule"}), "missing: level, profile, text"),
        (listed({"level": "MUST"}), "requirement without an id: missing: id"),
        (listed({**ONE, "id": "Area.rule"}), "its id is not of the form area.rule"),
        (listed({**ONE, "id": "area"}), "its id is not of the form area.rule"),
        (listed({**ONE, "id": 5}), "id is not a text"),
        (listed({**ONE, "text": " "}), "text is not a text"),
        (listed({**ONE, "level": "MAY"}), "level is 'MAY', which is none of MUST, SHOULD"),
        (listed({**ONE, "profile": "cor"}), "profile is 'cor'"),
        (listed({**ONE, "capabilities": ["sett"]}), "there is no capability sett"),
        (listed({**ONE, "difference": "other"}), "difference is 'other'"),
        (listed({**ONE, "difference": "opposite"}), "a difference needs a text for each edition"),
        (listed({**ONE, "edition": 5}), "edition is not a table"),
        (listed(ONE) + 'edition."2026.11" = "Yes."', "and these a difference"),
        (
            listed({**ONE, "difference": "opposite"}) + 'edition."2026.11" = "Yes."',
            "some of its editions have a text and some have none",
        ),
        (listed({**ONE, "editions": []}), "editions is not a list of editions"),
        (listed({**ONE, "editions": ["2026.12"]}), "there is no edition 2026.12"),
    ],
)
def test_a_slip_in_the_list_is_an_error_that_says_where(text: str, complaint: str) -> None:
    """A list that is not valid is refused whole, with the entry and what is wrong with it."""
    with pytest.raises(KitError, match=re.escape(complaint)):
        parse_requirements(text)


def test_an_entry_may_be_of_one_edition() -> None:
    """A requirement can be asked by some editions only."""
    [row] = parse_requirements(listed({**ONE, "editions": ["2026.11"]}))
    assert row.editions == ("2026.11",)
    assert row.sentence("2026.11") == "Something is asked."


def module_with(name: str, *checks: object) -> ModuleType:
    """Returns a module of this name that has these functions."""
    module = ModuleType(name)
    for number, function in enumerate(checks):
        setattr(module, f"check_{number}", function)
    return module


def test_a_requirement_without_a_check_is_an_error() -> None:
    """What nothing checks must not look as if it passed."""
    row = Requirement("area.rule", "MUST", "core", "Something is asked.")
    with pytest.raises(KitError, match=r"without a check: area\.rule"):
        pair([row], {})


def test_a_check_without_a_requirement_is_an_error() -> None:
    """What nothing asks for must not be checked in silence."""
    with pytest.raises(KitError, match=r"not in the requirement list: area\.rule"):
        pair([], {"area.rule": lambda bench: None})


def test_two_checks_of_one_requirement_are_an_error() -> None:
    """One requirement has one check."""
    twice = [check("area.rule")(lambda bench: None) for _ in range(2)]
    with pytest.raises(KitError, match=r"area\.rule has two checks"):
        checks_in([module_with("area", *twice)])


def test_a_check_in_the_wrong_module_is_an_error() -> None:
    """A check stands in the module of its area, where a reader looks for it."""
    with pytest.raises(KitError, match=r"area\.rule stands in the module of area other"):
        checks_in([module_with("other", check("area.rule")(lambda bench: None))])
