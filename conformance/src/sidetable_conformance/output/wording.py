"""What every report says in the same words, and where its links lead."""

from __future__ import annotations

import shlex
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, urlsplit

from sidetable_conformance.results import Report, Result, Verdict
from sidetable_source.errors import printable

PROGRAM: Final = "sidetable-conformance"

LONGEST: Final = 2_000
"""The most characters that are shown of anything that comes from outside."""

SIGNS: Final = MappingProxyType(
    {
        Verdict.PASS: "✓",
        Verdict.FAIL: "✗",
        Verdict.VACUOUS: "∅",
        Verdict.BLOCKED: "⊘",
        Verdict.NOT_TESTABLE: "?",
        Verdict.NOT_APPLICABLE: "–",  # noqa: RUF001  # a sign
        Verdict.ERROR: "!",
    }
)
"""A sign for each verdict, so that colour is never all that tells them apart."""


def shown(text: str) -> str:
    """Return one line that nothing in the text can style, move or end."""
    return printable(text, LONGEST)


def lines_of(script: str) -> tuple[str, ...]:
    """Return the lines of a program, each of which can be shown; none where there is none."""
    lines = script.removesuffix("\n").split("\n") if script else ()
    return tuple(map(shown, lines))


def title(report: Report) -> str:
    """Return the verdict on the whole in a word or two."""
    return "conformant" if report.conformant else "not conformant"


def counted(report: Report) -> str:
    """Return how many requirements came out how, of those that were asked, and what was not."""
    passed, asked = report.passed
    text = f"{passed} of {asked} requirements pass"
    others = [
        f"{count} {verdict}"
        for verdict, count in report.summary.items()
        if count and verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    ]
    if unscored := sum(not row.scored for row in report.results):
        others.append(f"{unscored} not scored")
    return (f"{text} ({', '.join(others)})" if others else text) + not_asked(report, "; ")


def not_asked(report: Report, before: str = "", after: str = "") -> str:
    """Return which capabilities a run left out, between two texts; "" where it left out none."""
    words = ", ".join(report.header.without)
    return f"{before}not asked: {shown(words)}{after}" if words else ""


def conclusion(report: Report) -> str:
    """Return the verdict on the whole in one line."""
    known = len(report.known)
    if report.conformant or not known:
        return f"{title(report)}: {counted(report)}"
    failures = "1 known failure" if known == 1 else f"{known} known failures"
    if report.as_known:
        return f"{title(report)}: {failures}; {counted(report)}"
    return f"{title(report)}: {counted(report)}, and {failures} among them"


def score(report: Report) -> str:
    """Return what passed of what was asked and counts, in the form `core 2026.11 58/58`."""
    passed, asked = report.passed
    return f"{report.profile} {report.edition} {passed}/{asked}{not_asked(report, ' (', ')')}"


def facts(report: Report) -> tuple[tuple[str, str], ...]:
    """Return the circumstances of a run, as pairs of a name and a text; the empty ones not."""
    header = report.header
    interpreter = ""
    if header.python:
        lock = "" if header.gil else ", without the global lock"
        interpreter = f"{header.implementation} {header.python}{lock}, {header.platform}"
    pairs = (
        ("kit", header.kit and f"{PROGRAM} {header.kit}"),
        ("strength", header.strength),
        ("interpreter", interpreter),
        ("budget", header.budget),
        ("strict", "what cannot be tested counts as failed" if report.strict else ""),
        ("edition digest", header.edition_digest and f"sha256 {header.edition_digest[:16]}"),
    )
    return tuple((name, shown(text)) for name, text in pairs if text)


def why(result: Result) -> tuple[tuple[str, str], ...]:
    """Return what is to be said of a result that did not pass, as pairs of a name and a text."""
    if result.verdict is Verdict.FAIL:
        pairs = [("when", result.when), ("expected", result.expected), ("seen", result.seen)]
    else:
        pairs = [(result.verdict.value, result.message)] if result.message else []
    if result.known:
        pairs.append((result.known, " ".join(filter(None, (result.reason, result.issue)))))
    if not result.scored:
        pairs.append(("not scored", "it was added after the edition was frozen"))
    return tuple((name, shown(text)) for name, text in pairs)


def explain(result: Result) -> str:
    """Return the command that says more of a requirement."""
    return f"{PROGRAM} explain {result.id}"


def replay(result: Result, saved: str) -> str:
    """Return the command that shows a failure again; "" where that cannot be done."""
    if result.verdict is not Verdict.FAIL or not saved:
        return ""
    return f"{PROGRAM} replay {shlex.quote(shown(saved))} {result.id}"


RULES_PAGE: Final = ""
"""The address of the page; "" as long as there is none that everybody can reach."""

_SCHEMES: Final = ("", "file", "http", "https")

_IN_ADDRESSES: Final = "%/:?#[]@!$&'()*+,;=~"


def rules_address(text: str) -> str:
    """Return the address of a page, if a report may link to it.

    Args:
        text: An address, or a path from where the report will lie.

    Raises:
        ValueError: If a report may not link to it.
    """
    if urlsplit(text).scheme not in _SCHEMES:
        raise ValueError(
            "the page of requirements is an address with http:, https: or file:, or a path"
        )
    return text


def rule_address(rules: str, id_: str) -> str:
    """Return the address of a requirement, whose id is an anchor; "" where there is no page."""
    return f"{rules}#{id_}" if rules else ""


def quoted(address: str) -> str:
    """Return an address in the characters that addresses are made of, so that none can end it."""
    return quote(address, safe=_IN_ADDRESSES)


def followed(address: str) -> str:
    """Return what a terminal follows; "" for a path, which says nothing without a place."""
    return quoted(address) if urlsplit(address).scheme else ""
