"""A report as Markdown and as a badge."""

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
    """Return the report as Markdown: the verdict, what did not pass and why, and a table of all.

    Args:
        report: What a run found.
        rules: The address of the page of requirements, or "": what did not pass links to its rule.

    Example:
        >>> print(markdown(Report("mine", "2026.11", "core", ())).splitlines()[0])
        ## ✗ not conformant: 0 of 0 requirements pass
    """
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

    Example:
        >>> print(*table_lines(("a", "b"), [("1", "2")]), sep="\n")
        | a | b |
        |---|---|
        | 1 | 2 |
    """
    head, *others = (
        f"| {' | '.join(cell.replace('|', _BAR) for cell in row)} |" for row in (columns, *rows)
    )
    return (head, "|" + "---|" * len(columns), *others)


def plain(text: str) -> str:
    """Return a text that means nothing in Markdown.

    Example:
        >>> print(plain("a *b* <c>"))
        a &#42;b&#42; &#60;c&#62;
    """
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", shown(text))


def code(text: str) -> str:
    """Return a text as code, of which Markdown reads nothing.

    Example:
        >>> print(code("a ` b"))
        `` a ` b ``
    """
    safe = shown(text)
    if not safe.strip():
        return "` `"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", safe)), default=0))
    space = (
        " " if safe.startswith(("`", " ")) or safe.endswith(("`", " ")) or len(fence) > 1 else ""
    )
    return f"{fence}{space}{safe}{space}{fence}"


def link(text: str, address: str) -> str:
    """Return a link to an address, or the text alone where there is none.

    Args:
        text: What people read, as Markdown.
        address: Where it leads, or "".

    Example:
        >>> link("the rule", "rules.md#store.failure"), link("the rule", "")
        ('[the rule](<rules.md#store.failure>)', 'the rule')
    """
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
    """Return the badge as JSON text: `core 2026.11 58/58`, never a percentage.

    Example:
        >>> print(badge(Report("mine", "2026.11", "core", ())), end="")
        {
          "schemaVersion": 1,
          "label": "sidetable",
          "message": "core 2026.11 0/0",
          "color": "red"
        }
    """
    colour = "brightgreen" if report.conformant else "orange" if report.as_known else "red"
    document = {
        "schemaVersion": 1,
        "label": "sidetable",
        "message": score(report),
        "color": colour,
    }
    return json.dumps(document, indent=2) + "\n"
