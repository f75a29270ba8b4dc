"""From what was not kept to its rule: the page that `--rules` names, wherever a person reads."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from rich.console import Console

from sidetable_conformance import Report, Requirement, Result, Verdict
from sidetable_conformance.commands.main import main
from sidetable_conformance.reports.junit import junit
from sidetable_conformance.reports.terminal import ending_in, show_report

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]

PAGE = "https://example.org/rules.html"
MUST = Requirement("area.rule", "MUST", "core", "Something is asked.")
FAILED = Result(MUST, Verdict.FAIL, "a: expected b; seen c", "a", "b", "c")
SUITE = ("--pyargs", "sidetable_conformance", "-p", "no:cacheprovider")


def printed(*results: Result, rules: str, terminal: bool) -> str:
    """Returns a report as it is printed."""
    output = io.StringIO()
    colours = "truecolor" if terminal else None
    console = Console(file=output, force_terminal=terminal, color_system=colours, width=200)
    show_report(Report("mine", "2026.11", "core", results), console, rules=rules)
    return output.getvalue()


def test_a_pipe_gets_the_address_of_the_rule() -> None:
    """It stands below what was seen, in plain text."""
    said = printed(FAILED, rules=PAGE, terminal=False)
    command = "    explain   sidetable-conformance explain area.rule\n"
    assert f"{command}    rule      {PAGE}#area.rule\n" in said
    assert "\x1b" not in said


def test_a_terminal_can_follow_the_address() -> None:
    """It is a hyperlink whose text is the address."""
    said = printed(FAILED, rules=PAGE, terminal=True)
    assert f";{PAGE}#area.rule\x1b\\{PAGE}#area.rule\x1b]8;;\x1b\\\n" in said


def test_a_path_is_shown_and_leads_nowhere() -> None:
    """A terminal does not know from where a path goes on."""
    said = printed(FAILED, rules="rules.html", terminal=True)
    assert "rule      rules.html#area.rule\n" in said
    assert "\x1b]8;" not in said


def test_what_passed_and_what_has_no_page_say_nothing() -> None:
    """No line speaks of a rule that was kept, or of one that nobody knows where to find."""
    assert PAGE not in printed(Result(MUST, Verdict.PASS), rules=PAGE, terminal=False)
    assert "    rule  " not in printed(FAILED, rules="", terminal=True)


def test_no_address_can_style_or_move_anything() -> None:
    """What would end the hyperlink or turn the text round is written out, or as a part of it."""
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, color_system="truecolor", width=200)
    console.print(ending_in("https://a/\x1b\\\x1b[31m\u202e[bold]\n#b", "rule  "), soft_wrap=True)
    said = output.getvalue()
    assert said.startswith("rule  \x1b]8;id=")
    assert said.endswith(
        ";https://a/%1B%5C%1B[31m%E2%80%AE[bold]%0A#b\x1b\\"
        r"https://a/\x1b\\x1b[31m\u202e[bold]\n#b"
        "\x1b]8;;\x1b\\\n"
    )


def test_junit_says_where_the_rule_is() -> None:
    """The text of a failure ends in the address."""
    root = fromstring(junit(Report("mine", "2026.11", "core", (FAILED,)), PAGE))
    [failure] = root.iter("failure")
    assert (failure.text or "").endswith(f"\nrule      {PAGE}#area.rule")


def test_a_run_says_where_the_rule_is(
    judged: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """`run --rules PAGE` hands the address to what it prints."""
    judged(Verdict.FAIL)
    assert main(["run", "mine", "--rules", PAGE]) == 1
    assert f"    rule      {PAGE}#" in capsys.readouterr().out


@pytest.mark.parametrize("id_", ["store.failure", "lookup.single-dereference"])
def test_explain_says_where_the_rule_is(id_: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The last line is its address, for what has no check as well; without a page, no line is."""
    assert main(["explain", id_]) == 0
    before = capsys.readouterr().out
    assert main(["explain", id_, "--rules", PAGE]) == 0
    assert capsys.readouterr().out == f"{before}\n{PAGE}#{id_}\n"


def test_a_test_that_fails_says_where_the_rule_is(python: Run, project: Path) -> None:
    """There is an option, and a setting for which no option has to be used."""
    line = f"    rule      {PAGE}#store.returns-nothing\n"
    tests = ("-m", "pytest", *SUITE, "--sidetable-target=mine:Faulty", "-k", "store.returns")
    done = python(*tests, f"--sidetable-rules={PAGE}")
    assert line in done.stdout
    (project / "pytest.ini").write_text(f"[pytest]\nsidetable_rules = {PAGE}\n", encoding="utf-8")
    assert line in python(*tests).stdout
    other = python(*tests, "--sidetable-rules=other.html").stdout
    assert "    rule      other.html#store.returns-nothing\n" in other


def test_pytest_refuses_what_it_can_not_link_to(python: Run) -> None:
    """What is no address of a page is a usage error."""
    options = ("--sidetable-target=mine:Faulty", "--sidetable-rules=javascript:alert(1)")
    done = python("-m", "pytest", *SUITE, *options)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "the page of requirements: an address begins with http:, https: or file" in done.stderr
