"""Reports as files for programs and pages: JUnit's XML, Markdown and a badge."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from sidetable_conformance import Report, Requirement, Result, Verdict, requirements
from sidetable_conformance.output.html import html
from sidetable_conformance.output.markdown import badge, code, markdown, plain, table_lines

PASSED = Requirement("area.passed", "MUST", "core", "It is so.")
RULE = Requirement(
    "area.rule", "MUST", "core", "Something is asked.", why="For a reason.", causes=("A slip.",)
)
OTHER = Requirement("other.rule", "SHOULD", "core", "Something else should be.")
FAILED = Result(RULE, Verdict.FAIL, "a: expected b; seen c", "a", "b", "c", script="x = 1\n")
PASS = Result(PASSED, Verdict.PASS, counts=(("found", 7),))
ABSENT = Result(OTHER, Verdict.NOT_APPLICABLE, "the target has no set")
KNOWN = replace(FAILED, known="future", reason="Later.", issue="#5")
MIXED = Report("mine:Table", "2026.11", "core", (PASS, FAILED, ABSENT))
GOOD = Report("mine:Table", "2026.11", "core", (PASS, ABSENT))


def test_markdown_links_what_failed_to_its_rule_where_there_is_a_page() -> None:
    """One click leads from a red verdict to its rule; with no page there is no link to follow."""
    page = "https://example.org/rules.html"
    assert f"[The rule](<{page}#area.rule>)\n" in markdown(MIXED, page)
    assert "[The rule]" not in markdown(MIXED)


def test_markdown_has_the_verdict_the_failures_and_all() -> None:
    """What did not apply is in the table only."""
    text = markdown(MIXED)
    assert text.startswith(
        "## ✗ not conformant: 1 of 2 requirements pass (1 fail)\n\n"
        "`mine:Table`, edition 2026.11, profile core\n\n"
        "### ✗ area.rule\n\nSomething is asked.\n\n"
        "* when: `a`\n* expected: `b`\n* seen: `c`\n\n"
        "```python\nx = 1\n```\n\n"
        "`sidetable-conformance explain area.rule`\n\n<details>"
    )
    assert "| ✓ pass | `area.passed` | MUST |\n| ✗ fail | `area.rule` | MUST |\n" in text
    assert "### – other.rule" not in text  # noqa: RUF001  # the sign of what does not apply


def test_markdown_has_a_failure_without_a_script() -> None:
    """Where none could be written."""
    text = markdown(replace(GOOD, results=(replace(FAILED, script=""),)))
    assert "### ✗ area.rule" in text
    assert "```" not in text


def test_markdown_says_what_is_known_and_not_scored() -> None:
    """In the table too."""
    text = markdown(replace(GOOD, results=(replace(KNOWN, scored=False),)))
    assert "* future: `Later. #5`\n" in text
    assert "| ✗ fail, future, not scored | `area.rule` | MUST |" in text


def test_markdown_means_nothing_by_what_comes_from_outside(hostile: Report) -> None:
    """Text is escaped, code is fenced by more than it has, and a line stays a line."""
    text = markdown(hostile)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    inner = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inner} == {"text", "code_inline"}
    blocks = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert blocks == ["<details><summary>All requirements</summary>", "</details>"]
    assert "\x1b" not in text
    assert "\u202e" not in text
    text.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "`a`"),
        ("", "` `"),
        ("`a", "`` `a ``"),
        ("a``b`", "``` a``b` ```"),
        (" a ", "`  a  `"),
    ],
)
def test_code_keeps_every_character(text: str, expected: str) -> None:
    """A fence is longer than any in the text, and apart from those at its ends."""
    assert code(text) == expected


def test_a_table_is_not_cut_by_a_bar() -> None:
    """Not even by one in code."""
    assert table_lines(("a",), [(code("b|c"),)])[2] == "| `b\\|c` |"


@pytest.mark.parametrize("text", ["@someone", "#5", ":smile:", "www.example.org", "a://b", "<b>"])
def test_plain_text_links_and_names_nobody(text: str) -> None:
    """What a forge makes a link, a picture or a message of is written as a number."""
    assert plain(text) != text
    assert plain("is: it. (a)") == "is: it. (a)"


def test_the_badge_counts_what_applies_and_is_scored() -> None:
    """A fraction, never a percentage; green is for who is conformant."""
    later = replace(FAILED, scored=False)
    assert json.loads(badge(replace(GOOD, results=(PASS, ABSENT, later)))) == {
        "schemaVersion": 1,
        "label": "sidetable",
        "message": "core 2026.11 1/1",
        "color": "brightgreen",
    }
    assert json.loads(badge(MIXED))["message"] == "core 2026.11 1/2"
    assert json.loads(badge(MIXED))["color"] == "red"
    assert json.loads(badge(replace(MIXED, results=(KNOWN,))))["color"] == "orange"


def test_a_hostile_name_is_only_text_in_a_badge(hostile: Report) -> None:
    """The file is JSON in ASCII."""
    assert badge(hostile).isascii()
    assert json.loads(badge(hostile))["message"].startswith("</script>")


@pytest.mark.parametrize("write", [html, markdown, badge])
def test_the_same_report_gives_the_same_bytes(write) -> None:
    """No time, no address and no order of a set is in any of them."""
    rows = tuple(Result(row, Verdict.PASS) for row in requirements())
    report = Report("mine", "2026.11", "core", rows)
    assert write(report) == write(replace(report, results=tuple(rows)))
