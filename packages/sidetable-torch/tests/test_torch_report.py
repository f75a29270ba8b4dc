"""The report: what it shows, in which form, and when it is content."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from sidetable_torch import report
from sidetable_torch.cases import CASES, LONG_CASES, Case, Tally
from sidetable_torch.report import Row, main, markdown, rows, show

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "torch-report.md"
GOOD, BAD, LOST = Tally(right=2), Tally(right=1, wrong=1), Tally(raised=1)


def case(*tallies, refused=None):
    """A case that comes out like these, in turn."""
    pending = list(tallies)
    return Case("a case", lambda _, tally: tally.add(pending.pop(0)), ("eager",), refused or {})


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self):
        return True


def test_rows_are_before_and_after():
    """A case runs twice on each backend, and not where PyTorch refuses it."""
    (row,) = rows([case(BAD, GOOD)])
    assert (row.before, row.after) == (BAD, GOOD)
    assert row.is_right
    (row,) = rows([case(refused={"eager": "no way"})])
    assert (row.before, row.after, row.refused) == (None, None, "no way")
    assert row.is_right
    assert not list(rows([case()], ["inductor"]))


@pytest.mark.parametrize(("stream", "coloured"), [(io.StringIO(), False), (Terminal(), True)])
def test_colours_are_for_terminals(stream, coloured):
    """A pipe gets plain text."""
    show(Row(case(), "eager", BAD, GOOD), stream)
    show(Row(case(refused={"eager": "no way"}), "eager", None, None), stream)
    assert ("\x1b[32m2 right" in stream.getvalue()) == coloured
    assert ("\x1b" in stream.getvalue()) == coloured
    assert "not possible: no way" in stream.getvalue()


def test_errors_that_are_left_are_shown():
    """One line for each kind, escaped."""
    tally = Tally()
    tally.count_error(ValueError("\x1b[31mbad"))
    stream = io.StringIO()
    show(Row(case(), "eager", BAD, tally), stream)
    assert "ValueError: \\x1b[31mbad" in stream.getvalue()


def test_the_page_has_words_and_no_counts():
    """Counts of races differ from run to run."""
    shown = [
        Row(case(), "eager", before, after)
        for before, after in ((GOOD, GOOD), (BAD, LOST), (Tally(wrong=1, raised=1), GOOD))
    ]
    shown.append(Row(case(refused={"eager": "no way"}), "eager", None, None))
    *_, first, second, third, last, _ = markdown(shown).split("\n")
    assert first == "| a case | eager | right | right |"
    assert second == "| a case | eager | **wrong** | raised |"
    assert third == "| a case | eager | **wrong**, and raised | right |"
    assert last == "| a case | eager | not possible: no way |  |"


@pytest.mark.parametrize(("after", "status"), [(GOOD, 0), (BAD, 1)])
def test_the_status_says_whether_everything_is_right(monkeypatch, capsys, tmp_path, after, status):
    """Zero only then; the page is written in both cases."""
    monkeypatch.setattr(report, "CASES", (case(BAD, after),))
    monkeypatch.setattr(report, "LONG_CASES", ())
    page = tmp_path / "page.md"
    assert main(["--markdown", str(page)]) == status
    assert f"right before: 0 of 1; after: {1 - status} of 1" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").startswith("# PyTorch's table")


def test_a_report_of_nothing_is_not_content(capsys):
    """A name that no case has is a mistake."""
    assert main(["--case", "nobody's"]) == 1
    assert "after: 0 of 0" in capsys.readouterr().out


def test_the_page_in_the_documentation_has_every_case():
    """Each case on each of its backends, right with the repair or not possible."""
    text = PAGE.read_text(encoding="utf-8")
    lines = re.findall(
        r"^\| (?!case )(?!-)(.+?) \| (\w+) \| (.+?) \| (.*?) ?\|$", text, re.MULTILINE
    )
    assert [line[:2] for line in lines] == [
        (case.name, backend) for case in (*CASES, *LONG_CASES) for backend in case.backends
    ]
    assert {after for *_, before, after in lines if "not possible" not in before} == {"right"}
