"""A report as Markdown and as a badge, and reports side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sidetable_conformance.results import Report, Result, Verdict

from .wording import (
    SIGNS,
    conclusion,
    explain,
    facts,
    lines_of,
    quoted,
    rule_address,
    score,
    shown,
    why,
)

_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>|~&@#!$]|:(?=\S)|(?<=www)\.", re.IGNORECASE)

_BAR: Final = "\\|"


def markdown(report: Report, rules: str = "") -> str:
    """Return a report as Markdown: the verdict, what did not pass and why, and a table of all."""
    sign = SIGNS[Verdict.PASS if report.conformant else Verdict.FAIL]
    lines = [
        f"## {sign} {plain(conclusion(report))}",
        "",
        f"{code(report.target)}, edition {plain(report.edition)}, profile {plain(report.profile)}",
        "",
        *_list(facts(report)),
    ]
    for result in report.results:
        if result.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE):
            lines += _block(result, report.edition, rules)
    rows = [(_verdict(row), code(row.id), row.requirement.level) for row in report.results]
    lines += ["<details><summary>All requirements</summary>", ""]
    lines += [*table_lines(("verdict", "requirement", "level"), rows), "", "</details>"]
    return "\n".join(lines) + "\n"


def table_lines(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> tuple[str, ...]:
    r"""Return a table, line by line.

    Args:
        columns: What stands above them, as Markdown.
        rows: Their cells, as Markdown. A bar in one is escaped, because it would end even code.
    """
    head, *others = (
        f"| {' | '.join(cell.replace('|', _BAR) for cell in row)} |" for row in (columns, *rows)
    )
    return (head, "|" + "---|" * len(columns), *others)


def plain(text: str) -> str:
    """Return a text that means nothing in Markdown."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", shown(text))


def code(text: str) -> str:
    """Return a text as code, of which Markdown reads nothing."""
    safe = shown(text)
    if not safe.strip():
        return "` `"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", safe)), default=0))
    space = (
        " " if safe.startswith(("`", " ")) or safe.endswith(("`", " ")) or len(fence) > 1 else ""
    )
    return f"{fence}{space}{safe}{space}{fence}"


def link(text: str, address: str) -> str:
    """Return a link to an address, or the text alone where there is none."""
    return f"[{text}](<{quoted(address)}>)" if address else text


def _block(result: Result, edition: str, rules: str) -> Iterator[str]:
    yield f"### {SIGNS[result.verdict]} {result.id}"
    yield ""
    yield plain(result.requirement.sentence(edition))
    yield ""
    yield from _list(why(result))
    if result.script:
        lines = lines_of(result.script)
        fence = "`" * (3 + max((len(run) for run in re.findall("`+", "".join(lines))), default=0))
        yield from (f"{fence}python", *lines, fence, "")
    if rules:
        yield from (link("The rule", rule_address(rules, result.id)), "")
    yield from (code(explain(result)), "")


def _list(pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    lines = [f"* {name}: {code(text)}" for name, text in pairs]
    return (*lines, "") if lines else ()


def _verdict(result: Result) -> str:
    known = f", {result.known}" if result.known else ""
    unscored = "" if result.scored else ", not scored"
    return f"{SIGNS[result.verdict]} {result.verdict}{known}{unscored}"


def badge(report: Report) -> str:
    """Return the badge as JSON text: `core 2026.11 58/58`, never a percentage."""
    colour = "brightgreen" if report.conformant else "orange" if report.as_known else "red"
    document = {"schemaVersion": 1, "label": "sidetable", "message": score(report), "color": colour}
    return json.dumps(document, indent=2) + "\n"


NOT_ASKED: Final = "not asked"
"""What stands for a verdict where there is none."""

# --- reports side by side -------------------------------------------------------------------------


def differences(before: Report, after: Report) -> tuple[tuple[str, str, str], ...]:
    """Return the requirements of which two reports give different verdicts.

    Returns:
        For each, its id and the two verdicts, in the order of the first report and then of the
        second.
    """
    rows = [
        (id_, *(NOT_ASKED if row is None else row.verdict.value for row in pair))
        for id_, pair in side_by_side((before, after))
    ]
    return tuple((id_, one, other) for id_, one, other in rows if one != other)


def side_by_side(reports: Sequence[Report]) -> Iterator[tuple[str, tuple[Result | None, ...]]]:
    """Yield each requirement with what each report has of it, or None."""
    by_id = [{result.id: result for result in report.results} for report in reports]
    for id_ in dict.fromkeys(id_ for results in by_id for id_ in results):
        yield id_, tuple(results.get(id_) for results in by_id)
