"""The report: what it shows, in which form, and when it is content."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

import report
from case import Case, Tally
from report import CASES, PAGE, VERSION, Row, main, page, read, rows, show, write

GOOD, BAD, LOST = Tally(right=2), Tally(right=1, wrong=1), Tally(raised=1)
ROW = Row("2.13", "a case", "eager", BAD, GOOD)
NO_WAY = Row("2.13", "a case", "inductor", Tally(), Tally(), "no way")
SERVED = Row("2.13", report.threads.SERVER.name, "eager", Tally(right=600, wrong=1200), GOOD)


def case(*tallies, impossible=None):
    """A case that comes out like these, in turn."""
    pending = list(tallies)
    return Case("a case", lambda _, tally: tally.add(pending.pop(0)), ("eager",), impossible or {})


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self):
        return True


def test_rows_are_before_and_after():
    """A case runs twice on each backend, and not where PyTorch cannot run it."""
    (row,) = rows([case(BAD, GOOD)])
    assert row == Row(VERSION, "a case", "eager", BAD, GOOD)
    assert row.is_right
    (row,) = rows([case(impossible={"eager": "no way"})])
    assert row.impossible == "no way"
    assert row.is_right
    assert not list(rows([case()], ["inductor"]))


@pytest.mark.parametrize(("stream", "coloured"), [(io.StringIO(), False), (Terminal(), True)])
def test_colours_are_for_terminals(stream, coloured):
    """A pipe gets plain text."""
    show(ROW, stream)
    show(NO_WAY, stream)
    assert ("\x1b[32m2 right" in stream.getvalue()) == coloured
    assert ("\x1b" in stream.getvalue()) == coloured
    assert "not possible: no way" in stream.getvalue()


def test_errors_that_are_left_are_shown():
    """One line for each kind, escaped."""
    tally = Tally()
    tally.count_error(ValueError("\x1b[31mbad"))
    stream = io.StringIO()
    show(replace(ROW, after=tally), stream)
    assert "ValueError: \\x1b[31mbad" in stream.getvalue()


@pytest.fixture
def _elsewhere(monkeypatch, tmp_path):
    """The results and the page are files of this test's own."""
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(report, "PAGE", tmp_path / "page.md")


@pytest.mark.usefixtures("_elsewhere")
def test_rows_are_read_as_they_were_written():
    """The file is JSON, with a line for each row."""
    assert write([ROW, NO_WAY]) == [ROW, NO_WAY] == read()
    text = report.RESULTS.read_text(encoding="utf-8")
    assert len(json.loads(text)) == len(text.splitlines()) - 2


@pytest.mark.usefixtures("_elsewhere")
def test_a_version_replaces_its_own_rows():
    """Other versions keep theirs, in the order of the versions."""
    older, newer = replace(ROW, version="2.9"), replace(ROW, version="2.14")
    write([newer])
    write([ROW])
    write([older])
    again = replace(ROW, before=LOST)
    assert write([again]) == [older, again, newer] == read()


def test_the_page_has_a_column_for_each_version():
    """Before and after; where a version cannot do it, a dash."""
    lines = page([ROW, NO_WAY, replace(NO_WAY, version="2.14", backend="eager")]).split("\n")
    assert "| case | backend | before: 2.13 | 2.14 | after: 2.13 | 2.14 |" in lines
    assert "| a case | eager | **wrong** | - | right | - |" in lines
    assert "* inductor: no way" in lines


def test_the_page_names_a_case_that_no_backend_can_do():
    """Its name, with the reason."""
    never = replace(NO_WAY, case="never")
    assert "* never: no way" in page([ROW, never, replace(never, backend="eager")]).split("\n")


def test_the_page_counts_what_the_server_did():
    """The other cases are short, and a word says what came out."""
    assert "| 2.13 | 600 right, 1,200 wrong of 1,800 | 2 right of 2 |" in page([SERVED])


@pytest.mark.usefixtures("_elsewhere")
@pytest.mark.parametrize(("after", "status"), [(GOOD, 0), (BAD, 1)])
def test_the_status_says_whether_everything_is_right(monkeypatch, capsys, after, status):
    """Zero only then; what was counted is written in both cases."""
    monkeypatch.setattr(report, "CASES", (case(BAD, after),))
    assert main(["--write"]) == status
    assert f"right before: 0 of 1; after: {1 - status} of 1" in capsys.readouterr().out
    (row,) = read()
    assert row.after == after
    assert report.PAGE.read_text(encoding="utf-8") == page([row])


def test_a_part_is_not_written(capsys):
    """It would take the place of the whole."""
    with pytest.raises(SystemExit):
        main(["--write", "--backend", "eager"])
    assert "--write needs every case" in capsys.readouterr().err


def test_a_report_of_nothing_is_not_content(capsys):
    """A name that no case has is a mistake."""
    assert main(["--case", "nobody's"]) == 1
    assert "after: 0 of 0" in capsys.readouterr().out


def test_every_case_is_named_once():
    """Results are found by the cases' names."""
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


def test_the_results_have_every_case_of_every_version():
    """Each case on each of its backends, right with the repair or not possible."""
    found = read()
    expected = [(case.name, backend) for case in CASES for backend in case.backends]
    for version in {row.version for row in found}:
        measured = [row for row in found if row.version == version]
        assert [(row.case, row.backend) for row in measured] == expected
        assert [row for row in measured if not row.is_right] == []


def test_the_page_in_the_documentation_says_what_the_results_say():
    """It is written from them."""
    assert PAGE.read_text(encoding="utf-8") == page(read())
