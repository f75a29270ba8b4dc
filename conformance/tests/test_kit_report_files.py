"""Reports as files for people and programs: a page, JUnit's XML, Markdown and a badge."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from sidetable_conformance import Report, Requirement, Result, Verdict, requirements
from sidetable_conformance.reports.badge import badge
from sidetable_conformance.reports.html import html
from sidetable_conformance.reports.junit import junit
from sidetable_conformance.reports.markdown import code, markdown, plain, table_lines
from sidetable_conformance.verdicts.header import Header

HOSTILE = "</script><script>alert(1)</script>\x1b[31m\n`|*_&amp;\u202e{{ 7 * 7 }}\ud800"
PASSED = Requirement("area.passed", "MUST", "core", "It is so.")
RULE = Requirement(
    "area.rule", "MUST", "core", "Something is asked.", why="For a reason.", causes=("A slip.",)
)
OTHER = Requirement("other.rule", "SHOULD", "core", "Something else should be.")
FAILED = Result(
    RULE, Verdict.FAIL, "a: expected b; seen c", "a", "b", "c", trace=("one",), script="x = 1\n"
)
PASS = Result(PASSED, Verdict.PASS, counts=(("found", 7),))
ABSENT = Result(OTHER, Verdict.NOT_APPLICABLE, "the target has no set")
KNOWN = replace(FAILED, known="future", reason="Later.", issue="#5")
MIXED = Report("mine:Table", "2026.11", "core", (PASS, FAILED, ABSENT))
GOOD = Report("mine:Table", "2026.11", "core", (PASS, ABSENT))
EVIL = Report(
    HOSTILE,
    HOSTILE,
    HOSTILE,
    tuple(
        Result(
            Requirement("area.rule", "MUST", "core", HOSTILE),
            verdict,
            HOSTILE,
            HOSTILE,
            HOSTILE,
            HOSTILE,
            trace=(HOSTILE,),
            script=HOSTILE,
            known="future" if verdict is Verdict.FAIL else "",
            reason=HOSTILE,
            issue=HOSTILE,
            scored=verdict is not Verdict.VACUOUS,
            blocked_by="area.other" if verdict is Verdict.BLOCKED else "",
        )
        for verdict in Verdict
    ),
    header=Header(kit=HOSTILE, notices=(HOSTILE,), strength=HOSTILE, python=HOSTILE),
)


class Page(HTMLParser):
    """What a page has in it: its tags, the ids of its elements, its links, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.found: dict[str, list[str]] = {}
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.found.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def cases(report: Report) -> dict[str, str]:
    """Returns what JUnit's XML says of each requirement."""
    root = ET.fromstring(junit(report))
    return {
        case.get("name", ""): case[0].tag if len(case) else "passed"
        for case in root.iter("testcase")
    }


def test_the_page_says_the_verdict_first() -> None:
    """The title, the heading, and then what did not pass."""
    page = Page(html(MIXED))
    texts = [text for text in page.texts if text]
    assert texts[0] == "not conformant: mine:Table"
    assert "Not conformant" in texts
    assert texts.index("What did not pass") < texts.index("All requirements")
    assert "Conformant" in Page(html(GOOD)).texts


def test_the_page_opens_what_failed() -> None:
    """Sentence, facts, steps, program, reason and causes stand in an open block."""
    text = html(MIXED)
    block = text[text.index('id="why-area.rule" open') : text.index("All requirements")]
    for part in ("Something is asked.", "<dd>b</dd>", "one", "x = 1", "For a reason.", "A slip."):
        assert part in block
    assert "sidetable-conformance explain area.rule" in block
    assert "other.rule" not in block


def test_the_page_has_every_requirement() -> None:
    """Each once as a row, with how often its facts were seen, and why it does not apply."""
    page = Page(html(MIXED))
    ids = [id_ for id_ in page.found["id"] if "." in id_]
    assert ids == ["why-area.rule", "area.passed", "area.rule", "other.rule"]
    assert "7" in page.texts
    assert "the target has no set" in page.texts


def test_every_link_of_the_page_leads_somewhere() -> None:
    """Links go to places in the page, and nowhere else."""
    blocked = Result(OTHER, Verdict.BLOCKED, "it needs area.rule", blocked_by="area.rule")
    page = Page(html(replace(MIXED, results=(PASS, FAILED, blocked))))
    links = [link for link in page.found["href"] if link != "data:,"]
    assert {link[0] for link in links} == {"#"}
    assert {link[1:] for link in links} <= set(page.found["id"])
    assert "#why-area.rule" in links


def test_the_page_can_be_filtered_by_the_verdicts_that_there_are() -> None:
    """One switch for all, and one for each verdict."""
    ids = Page(html(MIXED)).found["id"]
    assert [id_ for id_ in ids if id_.startswith("show-")] == [
        "show-all",
        "show-pass",
        "show-fail",
        "show-not-applicable",
    ]


def test_the_page_loads_nothing() -> None:
    """It has no address in it, and its policy lets only its own style and script through."""
    text = html(MIXED)
    assert "http" not in text.replace('http-equiv="Content-Security-Policy"', "")
    assert "src" not in Page(text).found
    [policy] = re.findall(r'Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src &#39;none&#39;; img-src data:;")
    for tag in ("style", "script"):
        [content] = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}&#39;" in policy


def test_the_page_knows_what_is_known() -> None:
    """A known failure has its kind and reason; a page of them is not conformant."""
    text = html(replace(GOOD, results=(PASS, KNOWN)))
    assert "Later. #5" in text
    assert "1 known failure; 1 of 2 requirements pass" in text
    assert '<header class="top known">' in text


def test_a_page_in_which_nothing_failed_says_so() -> None:
    """There is no empty list of what did not pass."""
    assert "every one passed" in html(GOOD)
    assert "every one passed" not in html(MIXED)


def test_nothing_in_a_page_comes_from_outside_as_markup() -> None:
    """A page has the same elements whatever the target says, and one script."""
    page, quiet = Page(html(EVIL)), Page(html(_with_texts(EVIL, "quiet")))
    assert page.tags == quiet.tags
    assert page.tags.count("script") == 1
    assert "\u202e" not in html(EVIL)
    assert "\x1b" not in html(EVIL)
    assert "{{ 7 * 7 }}" in html(EVIL)
    html(EVIL).encode()


def test_junit_names_tests_by_requirement() -> None:
    """Ids are the names, and the counts are right."""
    root = ET.fromstring(junit(MIXED))
    assert cases(MIXED) == {"area.passed": "passed", "area.rule": "failure", "other.rule": "skipped"}
    assert root.attrib == {"tests": "3", "failures": "1", "errors": "0", "skipped": "1"}
    assert root[0].get("name") == "sidetable core 2026.11"
    [failure] = root.iter("failure")
    assert failure.attrib == {"type": "fail", "message": "a: expected b; seen c"}
    assert "expected  b" in (failure.text or "")


@pytest.mark.parametrize(
    ("result", "strict", "kind"),
    [
        (replace(FAILED, verdict=Verdict.VACUOUS), False, "failure"),
        (replace(FAILED, verdict=Verdict.BLOCKED), False, "failure"),
        (replace(FAILED, verdict=Verdict.ERROR), False, "error"),
        (replace(FAILED, verdict=Verdict.NOT_TESTABLE), False, "skipped"),
        (replace(FAILED, verdict=Verdict.NOT_TESTABLE), True, "failure"),
        (replace(FAILED, requirement=OTHER), False, "skipped"),
        (replace(FAILED, scored=False), False, "skipped"),
        (KNOWN, False, "skipped"),
    ],
)
def test_junit_is_red_where_the_exit_status_is(result: Result, strict: bool, kind: str) -> None:
    """What keeps a target from being conformant fails, and everything else is skipped."""
    report = Report("mine", "2026.11", "core", (result,), strict=strict)
    assert cases(report) == {result.id: kind}


def test_junit_says_why_a_failure_is_known() -> None:
    """The kind and the reason are its message."""
    root = ET.fromstring(junit(replace(GOOD, results=(KNOWN,))))
    assert [skip.get("message") for skip in root.iter("skipped")] == ["future: Later."]


def test_nothing_breaks_junit() -> None:
    """Whatever a target says, it is XML, and the text is that of one line."""
    root = ET.fromstring(junit(EVIL))
    [target] = [row.get("value") for row in root.iter("property") if row.get("name") == "target"]
    assert target is not None
    assert target.startswith("</script><script>alert(1)</script>\\x1b[31m\\n")


def test_markdown_has_the_verdict_the_failures_and_all() -> None:
    """What did not apply is in the table only."""
    text = markdown(MIXED)
    assert text.startswith(
        "## ✗ not conformant: 1 of 3 requirements pass (1 fail, 1 not-applicable)\n\n"
        "`mine:Table`, edition 2026.11, profile core\n\n"
        "### ✗ area.rule\n\nSomething is asked.\n\n"
        "* when: `a`\n* expected: `b`\n* seen: `c`\n\n"
        "1. `one`\n\n```python\nx = 1\n```\n\n"
        "`sidetable-conformance explain area.rule`\n\n<details>"
    )
    assert "| ✓ pass | `area.passed` | MUST |\n| ✗ fail | `area.rule` | MUST |\n" in text
    assert "### – other.rule" not in text  # noqa: RUF001  # the sign of what does not apply


def test_markdown_says_what_is_known_and_not_scored() -> None:
    """In the table too."""
    text = markdown(replace(GOOD, results=(replace(KNOWN, scored=False),)))
    assert "* future: `Later. #5`\n" in text
    assert "| ✗ fail, future, not scored | `area.rule` | MUST |" in text


def test_markdown_means_nothing_by_what_comes_from_outside() -> None:
    """Text is escaped, code is fenced by more than it has, and a line stays a line."""
    text = markdown(EVIL)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    inner = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inner} == {"text", "text_special", "code_inline", "softbreak"}
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


def test_a_hostile_name_is_only_text_in_a_badge() -> None:
    """The file is JSON in ASCII."""
    assert badge(EVIL).isascii()
    assert json.loads(badge(EVIL))["message"].startswith("</script>")


@pytest.mark.parametrize("write", [html, junit, markdown, badge])
def test_the_same_report_gives_the_same_bytes(write) -> None:
    """No time, no address and no order of a set is in any of them."""
    rows = tuple(Result(row, Verdict.PASS) for row in requirements())
    report = Report("mine", "2026.11", "core", rows)
    assert write(report) == write(replace(report, results=tuple(rows)))


def _with_texts(report: Report, text: str) -> Report:
    results = tuple(
        replace(
            row,
            requirement=replace(row.requirement, text=text),
            message=text,
            when=text,
            expected=text,
            seen=text,
            trace=(text,),
            script=text,
            reason=text,
            issue=text,
        )
        for row in report.results
    )
    header = Header(kit=text, notices=(text,), strength=text, python=text)
    return Report(text, text, text, results, header=header)
