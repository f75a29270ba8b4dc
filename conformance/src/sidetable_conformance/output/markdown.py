"""What is written as Markdown: a report, and what the site's reference shows of the kit.

The site's pages (requirements, the kill matrix, reports side by side) are made when the site is
built, and committed nowhere.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sidetable_conformance.kill_matrix import Catch, Strength
from sidetable_conformance.results import Report, Result, Verdict
from sidetable_conformance.rule import fault_of
from sidetable_conformance.rules import AREAS, RULES, listing, path_of
from sidetable_conformance.spec import EDITIONS, PROFILES, SHARED, Excluded, Requirement, Retired

from .wording import (
    SIGNS,
    conclusion,
    explain,
    facts,
    lines_of,
    not_asked,
    quoted,
    rule_address,
    score,
    shown,
    title,
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

REQUIREMENTS: Final = "requirements.md"
KILL_MATRIX: Final = "kill-matrix.md"

_REQUIREMENTS_HEAD: Final = f"""\
# Requirements

What the conformance kit asks of a side table: {{count}} requirements, in two editions.
`dynamo-2.13` restates what PyTorch 2.13 does; `2026.11` is this project's own, and safer. A
sentence that names no edition is the same in both. An id never changes and is never reused.

Each requirement is one file of the kit, named below it, with its check and the
[faulty tables]({KILL_MATRIX}) that the check has to notice.
`sidetable-conformance explain ID` prints the same.

The examples run as tests, after these lines. Any other implementation can replace `SideTable`:

```python
from sidetable_core import SideTable

{SHARED.rstrip()}
```
"""

_KILL_MATRIX_HEAD: Final = """\
# Kill matrix

The kit has {tables} small faulty tables. Each is a correct table with one fault, in the file of the
requirement that it breaks. Most are faulty in both editions, which makes {faults} faults:
**{strength}.**

`sidetable-conformance prove` judges each of them by every requirement. It fails unless each is
caught by its own requirement, every assertion of every check catches something, and the result
equals the kit's own file of this matrix, which `prove --write` writes.

*Through* is the assertion that noticed: the kind of fact that it requires, and its rank among those
of its kind in the check. `called get` means that an operation raised where it had to return. *Also
red* are requirements that the same fault breaks too, when each is judged alone.
"""


# --- the requirements -----------------------------------------------------------------------------


def requirements_page() -> str:
    """Return the page of requirements, in Markdown.

    Example:
        >>> requirements_page().splitlines()[0]
        '# Requirements'
    """
    listed = listing()
    sections = [_REQUIREMENTS_HEAD.format(count=len(listed.requirements))]
    for area, heading in AREAS.items():
        sections.append(f"## {heading}\n")
        sections += [_section(row) for row in listed.requirements if row.area == area]
    sections += _unasked(listed.excluded, listed.retired)
    return "\n".join(sections)


def _unasked(excluded: Iterable[Excluded], retired: Iterable[Retired]) -> Iterator[str]:
    yield "## Excluded\n\nNot asked, because nobody can see from outside whether it is kept.\n"
    yield from (f"{_anchor(row.id)}\n\n{row.text} {row.reason}\n" for row in excluded)
    yield "## Retired\n\nNo longer asked. The ids are not used again.\n"
    yield from (f"{_anchor(row.id)}\n\nSince {row.since}. {row.reason}\n" for row in retired)


def _section(row: Requirement) -> str:
    return "\n\n".join((_anchor(row.id), *_asked(row), *_explained(row), _behind(row.id))) + "\n"


def _asked(row: Requirement) -> Iterator[str]:
    facts = [row.level, f"profile {row.profile}"]
    if row.capabilities:
        words = " and ".join(f"`{word}`" for word in row.capabilities)
        facts.append(f"asked unless a run opts out of {words}")
    both = row.editions == EDITIONS
    facts.append("in both editions" if both else f"asked in {', '.join(row.editions)} only")
    if row.difference:
        facts.append(row.how_editions_differ)
    yield f"*{'; '.join(facts)}*"
    if row.edition_texts:
        yield "\n".join(f"* **{edition}**: {text}" for edition, text in row.edition_texts)
    else:
        yield f"**{row.text}**"


def _explained(row: Requirement) -> Iterator[str]:
    yield row.why
    yield f"```python\n{row.example.rstrip()}\n```"
    yield "Likely causes of a failure:"
    yield "\n".join(f"* {cause}" for cause in row.causes)
    if row.needs:
        yield f"Needs {', '.join(map(_needed, row.needs))}."


def _needed(named: str) -> str:
    return f"all others of profile {named}" if named in PROFILES else f"[{named}](#{named})"


def _behind(id_: str) -> str:
    faults = [f"`{fault.__name__}`" for fault in RULES[id_].faults]
    tried = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return (
        f"File `{path_of(id_)}`; its check catches [{tried}]({KILL_MATRIX}#{id_}):"
        f" {', '.join(faults)}."
    )


def _anchor(id_: str) -> str:
    return f"### {id_} {{#{id_}}}"


# --- the kill matrix ------------------------------------------------------------------------------


def kill_matrix_page(catches: Sequence[Catch]) -> str:
    """Return the matrix as a page in Markdown, the same for the same matrix."""
    strength = Strength.of(catches)
    caught: defaultdict[str, list[Catch]] = defaultdict(list)
    for catch in catches:
        caught[catch.mutant].append(catch)
    sections = [
        _KILL_MATRIX_HEAD.format(tables=strength.mutants, faults=strength.faults, strength=strength)
    ]
    for id_, rule in RULES.items():
        rows = [
            (fault_of(fault), f"`{fault.__name__}`", *_cells(caught[fault.__name__]))
            for fault in rule.faults
            if fault.__name__ in caught
        ]
        columns = ("fault", "table", "edition", "through", "also red")
        sections.append(f"## {id_} {{#{id_}}}\n\n[What it asks]({REQUIREMENTS}#{id_})\n")
        sections.append("\n".join(table_lines(columns, rows)) + "\n")
    return "\n".join(sections)


def _cells(catches: Sequence[Catch]) -> tuple[str, str, str]:
    editions = "both" if len(catches) > 1 else catches[0].edition
    points = [catch.through for catch in catches]
    through = f"`{points[0]}`"
    if len(set(points)) > 1:
        through = ", ".join(f"`{catch.through}` in {catch.edition}" for catch in catches)
    also = dict.fromkeys(id_ for catch in catches for id_, _ in catch.also)
    return (editions, through, ", ".join(f"`{id_}`" for id_ in also))


# --- reports side by side -------------------------------------------------------------------------


def overview(reports: Iterable[tuple[str, Report]]) -> str:
    """Return a table with a row for each report, in Markdown."""
    rows = [
        (
            code(report.target),
            report.edition,
            report.profile.replace(",", ", "),
            _verdict_on(report),
            link("JSON", address),
        )
        for address, report in reports
    ]
    return "\n".join(table_lines(("target", "edition", "profiles", "verdict", "report"), rows))


def _verdict_on(report: Report) -> str:
    counted = "{} of {}".format(*report.passed) + plain(not_asked(report, "; "))
    return f"**{title(report)}**, {counted}" if report.conformant else counted


def verdicts(reports: Sequence[Report]) -> str:
    """Return a table with a row for each requirement and a column for each report, in Markdown."""
    columns = ("requirement", *(code(report.target) for report in reports))
    rows = [("", *(code(score(report)) for report in reports))]
    for id_, results in side_by_side(reports):
        linked = link(code(id_), rule_address(REQUIREMENTS, id_))
        rows.append((linked, *map(_cell, results)))
    return "\n".join(table_lines(columns, rows))


def _cell(result: Result | None) -> str:
    return NOT_ASKED if result is None else f"{SIGNS[result.verdict]} {result.verdict}"


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
