"""`explain` says everything that is known of one id."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sidetable_conformance import Requirement, requirements
from sidetable_conformance.commands.main import main
from sidetable_conformance.mutants import MUTANTS
from sidetable_conformance.spec.editions import FrozenEdition
from sidetable_conformance.spec.listing import Listing
from sidetable_conformance.spec.unchecked import Reserved, Retired

Run = Callable[..., subprocess.CompletedProcess[str]]
Said = pytest.CaptureFixture[str]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list with requirements that are new, of one edition, reserved and retired."""
    listed = Listing(
        (
            Requirement("area.added", "SHOULD", "core", "Something is asked."),
            Requirement("area.own", "MUST", "core", "Something is asked.", editions=("2026.11",)),
        ),
        reserved=(Reserved("area.later", "isolation", "Something will be asked."),),
        retired=(Retired("area.gone", "2026.11", "Nobody needs it."),),
    )
    command = "sidetable_conformance.commands.explain"
    monkeypatch.setattr(f"{command}.listing", lambda: listed)
    monkeypatch.setattr(f"{command}.frozen_edition", lambda name: FrozenEdition(name, ()))


@pytest.mark.parametrize("row", requirements(), ids=lambda row: row.id)
def test_everything_that_is_known_is_said(row: Requirement, capsys: Said) -> None:
    """The rule in each edition, why, example, causes, needs, and the faults that break it."""
    assert main(["explain", row.id]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{row.id}  {row.level}; profile {row.profile}; tested in ")
    assert all(text in said for _, text in row.edition_texts or [("", row.text)])
    assert row.how_editions_differ in said
    assert f"\nWhy\n    {row.why}\n" in said
    assert all(f"    {line}\n" in said for line in row.example.splitlines())
    assert all(f"    * {cause}\n" in said for cause in row.causes)
    assert all(id_ in said for id_ in row.needs)
    assert ("\nNeeds\n" in said) == bool(row.needs)
    assert ("\nCapability\n" in said) == bool(row.capabilities)
    for mutant in MUTANTS:
        assert (re.search(rf"\* {mutant.__name__}\b", said) is not None) == (
            mutant.caught_by == row.id
        )


def test_one_edition_can_be_asked_for(capsys: Said) -> None:
    """What is about another one is left out, faults and causes included."""
    assert main(["explain", "store.failure", "--edition", "dynamo-2.13"]) == 0
    said = capsys.readouterr().out
    assert "tested in dynamo-2.13\n" in said
    assert "\n    dynamo-2.13  After a store that failed nothing is bound" in said
    assert "FailedStoreKeepsTheOld (dynamo-2.13 only)" in said
    assert "    2026.11  " not in said
    assert "* 2026.11: " not in said
    assert "ClearsBeforeItFills" not in said


def test_what_is_excluded_says_why(capsys: Said) -> None:
    """A rule that nobody can see has a reason."""
    assert main(["explain", "lookup.no-lock"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("lookup.no-lock  excluded\n\nThe rule\n    A lookup takes no lock.\n")
    assert "\nWhy it is not asked\n    A lock that nobody waits for" in said


@pytest.mark.usefixtures("later")
def test_what_is_reserved_says_what_it_will_be(capsys: Said) -> None:
    """A rule that has no check yet has a text already."""
    assert main(["explain", "area.later"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "area.later  reserved; profile isolation\n\nThe rule\n    Something will be asked.\n"
    )


@pytest.mark.usefixtures("later")
def test_what_is_retired_says_since_when(capsys: Said) -> None:
    """The id stays known, with the reason."""
    assert main(["explain", "area.gone"]) == 0
    assert capsys.readouterr().out == (
        "area.gone  retired; since 2026.11\n\nWhy it is not asked\n    Nobody needs it.\n"
    )


@pytest.mark.usefixtures("later")
def test_what_was_added_later_is_not_scored(capsys: Said) -> None:
    """It is judged, and does not count in the editions that were frozen before."""
    assert main(["explain", "area.added"]) == 0
    assert capsys.readouterr().out == (
        "area.added  SHOULD; profile core; tested; not scored in dynamo-2.13 or 2026.11, to which"
        " it was added later\n\nThe rule\n    Something is asked.\n"
    )


@pytest.mark.usefixtures("later")
def test_what_an_edition_does_not_ask_is_said(capsys: Said) -> None:
    """A requirement of one edition is no requirement of another."""
    assert main(["explain", "area.own", "--edition", "dynamo-2.13"]) == 0
    assert "area.own  MUST; profile core; not asked in dynamo-2.13\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("id_", "hint"),
    [
        ("store.failur", "did you mean store.failure"),
        ("zzz", "`list` prints every id"),
        ("\x1b[31m[bold]", r"\x1b[31m[bold] can not be used"),
    ],
)
def test_an_unknown_id_is_status_2(id_: str, hint: str, capsys: Said) -> None:
    """What was meant is guessed where that is possible."""
    assert main(["explain", id_]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert hint in said.err


def test_it_is_plain_in_a_pipe_and_coloured_on_demand(kit: Run) -> None:
    """A terminal's colours can be had in a pipe, and are not there by themselves."""
    plain = kit("explain", "store.failure")
    coloured = kit("explain", "store.failure", env={"FORCE_COLOR": "1"})
    assert (plain.returncode, coloured.returncode) == (0, 0)
    assert "\x1b[" not in plain.stdout
    assert "\x1b[" in coloured.stdout


def test_the_list_can_be_written_as_a_page(tmp_path: Path, capsys: Said) -> None:
    """The file has every id as an anchor, and nothing is printed."""
    page = tmp_path / "page.md"
    assert main(["list", "--markdown", str(page)]) == 0
    assert capsys.readouterr().out == ""
    text = page.read_text(encoding="utf-8")
    assert all(f"\n### {row.id} {{#{row.id}}}\n" in text for row in requirements())


def test_a_page_that_can_not_be_written_is_status_2(tmp_path: Path, capsys: Said) -> None:
    """What was wrong is said on the error stream."""
    assert main(["list", "--markdown", str(tmp_path / "no" / "page.md")]) == 2
    assert "page.md" in capsys.readouterr().err


def test_the_list_is_printed_in_the_words_of_an_edition(capsys: Said) -> None:
    """Without a file, every requirement is printed as the edition asks it."""
    assert main(["list", "--edition", "dynamo-2.13"]) == 0
    said = capsys.readouterr().out
    asked = [row for row in requirements() if "dynamo-2.13" in row.editions]
    assert all(f"    {row.sentence('dynamo-2.13')}\n" in said for row in asked)
