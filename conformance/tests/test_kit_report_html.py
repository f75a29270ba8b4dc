"""Reports as one page for people."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

from sidetable_conformance import Report, Requirement, Result, Verdict
from sidetable_conformance.output.html import html
from sidetable_conformance.results import Header

RULE = Requirement(
    "area.rule", "MUST", "core", "Something is asked.", why="For a reason.", causes=("A slip.",)
)
OTHER = Requirement("other.rule", "SHOULD", "core", "Something else should be.")
FAILED = Result(RULE, Verdict.FAIL, "a: expected b; seen c", "a", "b", "c", script="x = 1\n")
PASS = Result(replace(RULE, id="area.passed"), Verdict.PASS, counts=(("found", 7),))
ABSENT = Result(OTHER, Verdict.NOT_APPLICABLE, "the target has no set")
MIXED = Report("mine:Table", "2026.11", "core", (PASS, FAILED, ABSENT))
GOOD = Report("mine:Table", "2026.11", "core", (PASS, ABSENT))


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


def with_texts(report: Report, text: str) -> Report:
    """Returns a report in which everything that comes from outside is this text."""
    results = tuple(
        replace(
            row,
            requirement=replace(row.requirement, text=text),
            message=text,
            when=text,
            expected=text,
            seen=text,
            script=text,
            reason=text,
            issue=text,
        )
        for row in report.results
    )
    header = Header(kit=text, without=(text,), strength=text, python=text)
    return Report(text, text, text, results, header=header)


def test_the_page_says_the_verdict_first() -> None:
    """The title, the heading, and then what did not pass."""
    page = Page(html(MIXED))
    texts = [text for text in page.texts if text]
    assert texts[0] == "not conformant: mine:Table"
    assert "Not conformant" in texts
    assert texts.index("What did not pass") < texts.index("All requirements")
    assert "Conformant" in Page(html(GOOD)).texts


def test_what_failed_links_to_its_rule_where_there_is_a_page() -> None:
    """One click leads from a red verdict to its rule; with no page there is no link to follow."""
    links = Page(html(MIXED, "../reference/requirements.html")).found["href"]
    outside = [link for link in links if not link.startswith(("#", "data:"))]
    assert outside == ["../reference/requirements.html#area.rule"]
    assert all(link.startswith(("#", "data:")) for link in Page(html(MIXED)).found["href"])


def test_an_address_is_only_text_in_the_page() -> None:
    """An address cannot end the attribute that it stands in."""
    assert "onclick" not in Page(html(MIXED, '" onclick="x')).found


def test_the_page_opens_what_failed() -> None:
    """Sentence, facts, steps, program, reason and causes stand in an open block."""
    text = html(MIXED)
    block = text[text.index('id="why-area.rule" open') : text.index("All requirements")]
    for part in ("Something is asked.", "<dd>b</dd>", "x = 1", "For a reason.", "A slip."):
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
    known = replace(FAILED, known="future", reason="Later.", issue="#5")
    text = html(replace(GOOD, results=(PASS, known)))
    assert "Later. #5" in text
    assert "1 known failure; 1 of 2 requirements pass" in text
    assert '<header class="top known">' in text


def test_a_page_in_which_nothing_failed_says_so() -> None:
    """There is no empty list of what did not pass."""
    assert "every one passed" in html(GOOD)
    assert "every one passed" not in html(MIXED)


def test_nothing_in_a_page_comes_from_outside_as_markup(hostile: Report) -> None:
    """A page has the same elements whatever the target says, and one script."""
    page, quiet = Page(html(hostile)), Page(html(with_texts(hostile, "quiet")))
    assert page.tags == quiet.tags
    assert page.tags.count("script") == 1
    assert "\u202e" not in html(hostile)
    assert "\x1b" not in html(hostile)
    assert "{{ 7 * 7 }}" in html(hostile)
    html(hostile).encode()
