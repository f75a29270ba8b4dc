"""What the command line reads and writes: reports in every form, and known failures."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sidetable_conformance import Verdict, requirements
from sidetable_conformance.cli import main

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_run_leaves_its_report_in_every_form(kit: Run, project: Path) -> None:
    """Each file is what it says it is, and two runs write the same bytes."""
    names = {"json": "r.json", "html": "r.html", "markdown": "r.md"}
    names["badge"] = "badge.json"
    options = [part for kind, name in names.items() for part in (f"--{kind}", name)]
    written = []
    for _ in range(2):
        assert kit("run", "mine:Faulty", *options).returncode == 1
        written.append({name: (project / name).read_bytes() for name in names.values()})
    assert written[0] == written[1]
    starts = {
        "r.json": b'{\n  "schema": 1,',
        "r.html": b"<!doctype html>\n",
        "r.md": "## \u2717 not conformant".encode(),
        "badge.json": b'{\n  "schemaVersion": 1,',
    }
    assert [name for name, start in starts.items() if not written[0][name].startswith(start)] == []


def test_a_page_needs_an_extra(python: Run, project: Path) -> None:
    """Without jinja2 nothing is judged, and the message says what to install."""
    start = "import sys; sys.modules['jinja2'] = None; from sidetable_conformance.cli"
    program = f"{start} import main; sys.exit(main(sys.argv[1:]))"
    done = python("-c", program, "run", "mine:Table", "--html", "r.html")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--html cannot be used: it needs jinja2: pip install 'sidetable-conf" in done.stderr
    assert not (project / "r.html").exists()


def test_files_link_to_the_page_that_is_named(
    judged: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What did not pass links to its rule there; what no page may link to is refused."""
    judged(Verdict.FAIL)
    files = {"--html": tmp_path / "r.html", "--markdown": tmp_path / "r.md"}
    options = [str(part) for pair in files.items() for part in pair]
    assert main(["run", "mine", *options, "--rules", "https://example.org/rules.html"]) == 1
    for path in files.values():
        rule = "https://example.org/rules.html#"
        assert rule in path.read_text(encoding="utf-8")
    assert main(["run", "mine", "--rules", "javascript:alert(1)"]) == 2
    assert "'--rules': the page of requirements is an address" in capsys.readouterr().err


def test_a_file_that_can_not_be_written_is_status_2(
    judged: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The verdict is printed all the same."""
    judged(Verdict.PASS)
    assert main(["run", "mine", "--json", str(tmp_path / "no" / "report.json")]) == 2
    printed = capsys.readouterr()
    assert "1 of 1 requirements pass" in printed.out
    assert "report.json cannot be used: No such file or directory" in printed.err


def test_what_is_no_path_is_status_2(
    judged: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that no file can have is told like one that cannot be written."""
    judged(Verdict.PASS)
    assert main(["run", "mine", "--json", "report\0.json"]) == 2
    assert "cannot be used: it is not a path" in capsys.readouterr().err


def test_known_failures_are_no_news(kit: Run, project: Path) -> None:
    """A baseline wants its reasons; with them a run is status 0, and not conformant."""
    made = kit("baseline", "mine:Faulty", "--write", "known.toml")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == "known.toml: 1 known failures, 1 without a reason yet\n"
    unfinished = kit("run", "mine:Faulty", "--known", "known.toml")
    assert (unfinished.returncode, unfinished.stdout) == (2, "")
    assert "give a reason for store.returns-nothing" in unfinished.stderr
    path = project / "known.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("TODO: say why it fails", "Later."))
    done = kit("run", "mine:Faulty", "--known", "known.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "    known-bug  Later.\n" in done.stdout
    assert "\nnot conformant: 2 known failures; " in done.stdout  # and what it blocks


def test_known_failures_that_are_out_of_date_are_status_3(
    judged: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What passes, and what there is not, is said on the error stream."""
    judged(Verdict.PASS)
    path = tmp_path / "known.toml"
    entry = '[known."{}"]\nkind = "future"\nreason = "Later."\n'
    path.write_text(entry.format(requirements()[0].id) + entry.format("no.such"))
    assert main(["run", "mine", "--known", str(path)]) == 3
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition("out of date: ")[2] for line in lines] == [
        "there is no requirement no.such",
        f"{requirements()[0].id} passes now",
    ]


def test_a_baseline_can_be_printed(
    judged: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a file it is only shown."""
    judged(Verdict.FAIL)
    assert main(["baseline", "mine"]) == 0
    assert f'[edition."2026.11".known."{requirements()[0].id}"]\n' in capsys.readouterr().out


def test_a_baseline_keeps_the_reasons_that_there_are(
    judged: Callable[..., None], tmp_path: Path
) -> None:
    """Making it anew loses nothing that somebody wrote."""
    judged(Verdict.FAIL)
    path = tmp_path / "known.toml"
    path.write_text(f'[known."{requirements()[0].id}"]\nkind = "future"\nreason = "Later."\n')
    assert main(["baseline", "mine", "--write", str(path)]) == 0
    assert 'kind = "future"\nreason = "Later."\n' in path.read_text(encoding="utf-8")


def test_a_baseline_of_a_fault_of_the_kit_is_status_4(judged: Callable[..., None]) -> None:
    """It lists nothing of it."""
    judged(Verdict.ERROR)
    assert main(["baseline", "mine"]) == 4
