"""The pages of the kit's reference: made when the site is built, and committed nowhere."""

from __future__ import annotations

import contextlib
import html
import io
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from sidetable_conformance import Report, read_report, run
from sidetable_conformance.cli import main as kit
from sidetable_conformance.kill_matrix import Catch, Strength, kill_matrix
from sidetable_conformance.output.markdown import side_by_side
from sidetable_conformance.output.wording import SIGNS, not_asked, title
from sidetable_conformance.results import Result
from sidetable_conformance.rule import fault_of
from sidetable_conformance.rules import AREAS, RULES, listing, path_of
from sidetable_conformance.spec import EDITIONS, PROFILES, SHARED, Requirement

REPORTS: Final = Path(__file__).parents[1] / "docs" / "reference" / "reports"
"""What was found where PyTorch is."""

NO_MODULE: Final = ("entries", "frames", "handles", "hold", "snapshots", "tables")
"""What a module of functions is not meant to have."""

OURS: Final = {
    "core-2026.11": ("sidetable_core:SideTable", "2026.11", ()),
    "core-dynamo-2.13": ("sidetable_core:SideTable", "dynamo-2.13", ()),
    "facade-2026.11": ("sidetable_core.dynamo", "2026.11", NO_MODULE),
    "facade-dynamo-2.13": ("sidetable_core.dynamo", "dynamo-2.13", ()),
}
"""What is judged anew for every site: target, edition and what is left out."""

HEAD: Final = """\
# The kit's command line

`sidetable-conformance COMMAND`, or `python -m sidetable_conformance COMMAND`, or pytest. This
page is what `--help` prints. [Validate an
implementation](../how-to/validate-an-implementation.md) shows most of it at work.
"""


REQUIREMENTS_HEAD: Final = f"""\
# Requirements

What the conformance kit asks of a side table: {{count}} requirements, in two editions.
`dynamo-2.13` restates what PyTorch 2.13 does; `2026.11` is this project's own, and safer. A
sentence that names no edition is the same in both. An id never changes and is never reused.

Each requirement is one file of the kit, named below it, with its check and the
[faulty tables](kill-matrix.md) that the check has to notice.
`sidetable-conformance explain ID` prints the same.

The examples run as tests, after these lines. Any other implementation can replace `SideTable`:

```python
from sidetable_core import SideTable

{SHARED.rstrip()}
```"""

KILL_MATRIX_HEAD: Final = """\
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

FAULTS_LEAD: Final = """\
Every faulty table of this area, and the assertion that noticed it. [The kill
matrix](../kill-matrix.md) explains the columns.
"""

SHORT: Final = {
    "sidetable_core:SideTable": "SideTable",
    "sidetable_core.dynamo": "PyTorch names",
    "torch._dynamo.graph_bytecode_inputs": "PyTorch 2.13",
    "sidetable_torch.repaired:table": "PyTorch repaired",
}
"""What a target is called at the head of a narrow column."""


def pages() -> Iterator[tuple[str, str]]:
    """Yields each page, by its path in the documentation."""
    yield from requirements_pages()
    yield from kill_matrix_pages(kill_matrix())
    yield "reference/kit-command-line.md", command_line()


# --- the requirements, and the faults: a list of each, and a page for each area ------------


def requirements_pages() -> Iterator[tuple[str, str]]:
    """Yields the list of all requirements, then a page for each area."""
    listed = listing()
    lists = [
        f"## {heading}\n\n" + "\n".join(entry(row) for row in requirements_of(area))
        for area, heading in AREAS.items()
    ]
    excluded = [f"{anchor(row.id)}\n\n{row.text} {row.reason}\n" for row in listed.excluded]
    retired = [f"{anchor(row.id)}\n\nSince {row.since}. {row.reason}\n" for row in listed.retired]
    rest = [
        "## Excluded",
        "Not asked, because nobody can see from outside whether it is kept.",
        "\n".join(excluded),
        "## Retired",
        "No longer asked. The ids are not used again.",
        "\n".join(retired),
    ]
    head = REQUIREMENTS_HEAD.format(count=len(listed.requirements))
    yield "reference/requirements.md", "\n\n".join([head, *lists, *rest])
    for area, heading in AREAS.items():
        lead = "The examples share the lines at the top of [the requirements](../requirements.md)."
        sections = "\n".join(section(row) for row in requirements_of(area))
        yield f"reference/requirements/{area}.md", f"# {heading}\n\n{lead}\n\n{sections}"


def requirements_of(area: str) -> list[Requirement]:
    """Returns the requirements of an area."""
    return [row for row in listing().requirements if row.area == area]


def entry(row: Requirement) -> str:
    """Returns a requirement as an item of the list, at its own anchor."""
    address = f"requirements/{row.area}.md#{row.id}"
    return f"* [`{row.id}`]({address}){{ #{row.id} }} {row.sentence(row.editions[-1])}"


def anchor(id_: str, level: str = "###") -> str:
    """Returns the heading that links to an id lead to."""
    return f"{level} {id_} {{#{id_}}}"


def section(row: Requirement) -> str:
    """Returns all that is known of a requirement."""
    parts = (anchor(row.id, "##"), *asked(row), *explained(row), behind(row))
    return "\n\n".join(parts) + "\n"


def asked(row: Requirement) -> Iterator[str]:
    """Yields what a requirement asks, and of whom."""
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


def explained(row: Requirement) -> Iterator[str]:
    """Yields why something is asked, an example, and what is likely to break it."""
    yield row.why
    yield f"```python\n{row.example.rstrip()}\n```"
    yield "Likely causes of a failure:"
    yield "\n".join(f"* {cause}" for cause in row.causes)
    if row.needs:
        yield f"Needs {', '.join(map(needed, row.needs))}."


def needed(named: str) -> str:
    """Returns a link to a requirement that another one needs, or words for a whole profile."""
    if named in PROFILES:
        return f"all others of profile {named}"
    return f"[{named}]({named.partition('.')[0]}.md#{named})"


def behind(row: Requirement) -> str:
    """Returns where a requirement is, and which faults its check catches."""
    faults = [f"`{fault.__name__}`" for fault in RULES[row.id].faults]
    tried = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return (
        f"File `{path_of(row.id)}`; its check catches"
        f" [{tried}](../kill-matrix/{row.area}.md#{row.id}): {', '.join(faults)}."
    )


def kill_matrix_pages(catches: Sequence[Catch]) -> Iterator[tuple[str, str]]:
    """Yields a square for each fault, then a page for each area."""
    strength = Strength.of(catches)
    head = KILL_MATRIX_HEAD.format(
        tables=strength.mutants, faults=strength.faults, strength=strength
    )
    caught: defaultdict[str, list[Catch]] = defaultdict(list)
    for catch in catches:
        caught[catch.mutant].append(catch)
    rows = []
    for area, heading in AREAS.items():
        squares = [
            square
            for row in requirements_of(area)
            for square in fault_squares(row.id, caught)
        ]  # fmt: skip
        link = f'<a href="kill-matrix/{area}.html">{heading}</a>'
        rows.append(f"<tr><th>{link}</th><td>{''.join(squares)}</td><td>{len(squares)}</td></tr>")
        yield f"reference/kill-matrix/{area}.md", faults_page(area, heading, caught)
    table = [
        '<table class="st-matrix st-faults">',
        "<thead><tr><th>area</th><th>faults, each caught</th><th>all</th></tr></thead>",
        *rows,
        "</table>",
    ]
    yield "reference/kill-matrix.md", f"{head}\n" + "\n".join(table) + "\n"


def fault_squares(id_: str, caught: Mapping[str, Sequence[Catch]]) -> Iterator[str]:
    """Yields a square for each fault of a requirement; the first has the requirement's anchor."""
    anchor = f' id="{id_}"'
    for fault in RULES[id_].faults:
        seen = all(catch.through for catch in caught[fault.__name__])
        kind = "pass" if seen else "fail"
        title = html.escape(f"{id_}: {fault_of(fault)}")
        yield f'<span{anchor} class="st-square st-{kind}" title="{title}"></span>'
        anchor = ""


def faults_page(area: str, heading: str, caught: Mapping[str, Sequence[Catch]]) -> str:
    """Returns the page of an area's faults."""
    lines = [
        f"# Faults: {heading}\n",
        f"{FAULTS_LEAD}\n",
        '<table class="st-matrix">',
        "<thead><tr><th>fault</th><th>edition</th><th>through</th></tr></thead>",
    ]
    for row in requirements_of(area):
        address = f"../requirements/{area}.html#{row.id}"
        lines.append(
            f'<tr id="{row.id}" class="st-area"><th colspan="3"><a href="{address}">{row.id}</a>'
            "</th></tr>"
        )
        for fault in RULES[row.id].faults:
            catches = caught[fault.__name__]
            also = dict.fromkeys(id_ for catch in catches for id_, _ in catch.also)
            red = f"<br><small>also red: {', '.join(also)}</small>" if also else ""
            edition = "both" if len(catches) > 1 else catches[0].edition
            points = dict.fromkeys(catch.through for catch in catches)
            lines.append(
                f"<tr><td>{marked(fault_of(fault))}<br><code>{fault.__name__}</code>{red}</td>"
                f"<td>{edition}</td><td>{'<br>'.join(points)}</td></tr>"
            )
    return "\n".join([*lines, "</table>\n"])


def marked(text: str) -> str:
    """Returns a sentence as HTML, with what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


# --- verdicts as squares -------------------------------------------------------------------


def judged() -> dict[str, Report]:
    """Returns the report on each of this project's tables, by the name of its file."""
    found: dict[str, Report] = {}
    for name, (target, edition, without) in OURS.items():
        profile = "core,isolation,robust" if edition == "2026.11" else "core"
        found[name] = run(target, edition=edition, profile=profile, without=without)
    return found


def matrix(page: str, reports: dict[str, Report]) -> str:
    """Returns the page of verdicts with what is known, PyTorch's beside this project's own."""
    both = dict(reports)
    for path in sorted(REPORTS.glob("*.json")):
        both[path.stem] = read_report(path.read_text(encoding="utf-8"), path.name)
    page = page.replace("<!-- overview -->", overview(both))
    return page.replace("<!-- verdicts -->", squares([*both.values()]))


def overview(reports: Mapping[str, Report]) -> str:
    """Returns a table with a row for each report, as HTML."""
    lines = [
        '<table class="st-matrix">',
        "<thead><tr><th>table</th><th>edition</th><th>passes</th><th>report</th></tr></thead>",
    ]
    for name, report in reports.items():
        passed = "{} of {}".format(*report.passed)
        verdict = f"<b>{title(report)}</b>, {passed}" if report.conformant else passed
        verdict += not_asked(report, "<br><small>", "</small>")
        lines.append(
            f"<tr><td>{SHORT[report.target]}</td><td>{report.edition}</td><td>{verdict}</td>"
            f'<td><a href="reports/{name}.json">JSON</a></td></tr>'
        )
    return "\n".join([*lines, "</table>"])


def squares(reports: Sequence[Report]) -> str:
    """Returns a table with a row for each requirement and a column for each report, as HTML."""
    names = [f"{SHORT[report.target]}, {report.edition}" for report in reports]
    area, rows = "", []
    for id_, results in side_by_side(reports):
        of, _, rule = id_.partition(".")
        if of != area:
            area = of
            rows.append(heading_row(AREAS[area], len(reports)))
        cells = [cell(result, name) for result, name in zip(results, names, strict=True)]
        link = f'<a href="requirements/{area}.html#{id_}">{rule}</a>'
        rows.append(f'<tr data-id="{id_}"><th scope="row">{link}</th>{"".join(cells)}</tr>')
    return square_table("requirement", [name.split(", ") for name in names], rows)


def square_table(first: str, columns: Sequence[Sequence[str]], rows: Iterable[str]) -> str:
    """Returns a table of squares, whose head stays in sight.

    Args:
        first: The head of the first column.
        columns: What stands above each of the others: the name of its group, and its own.
        rows: The rows, as HTML.
    """
    groups = [(name, len([*same])) for name, same in groupby(columns, key=lambda pair: pair[0])]
    above = "".join(f'<th scope="colgroup" colspan="{wide}">{name}</th>' for name, wide in groups)
    heads = "".join(f'<th scope="col"><span>{name}</span></th>' for _, name in columns)
    head = (
        f'<thead><tr><th scope="col" rowspan="2">{first}</th>{above}</tr>'
        f'<tr class="st-upright">{heads}</tr></thead>'
    )
    return "\n".join(['<table class="st-matrix st-verdicts">', head, *rows, "</table>"])


def heading_row(text: str, columns: int) -> str:
    """Returns a row that begins a group of others."""
    return f'<tr class="st-area"><th colspan="{columns + 1}">{html.escape(text)}</th></tr>'


def cell(result: Result | None, column: str) -> str:
    """Returns a verdict as a coloured square with its sign, and in words for who cannot see it."""
    if result is None:
        return square("none", "\N{MIDDLE DOT}", f"not asked: {column}")
    verdict = result.verdict
    return square(verdict.value, SIGNS[verdict], f"{verdict}: {column}")


def square(kind: str, sign: str, words: str) -> str:
    """Returns a cell with a coloured square."""
    shown = f'<span class="st-square st-{kind}" aria-hidden="true">{sign}</span>'
    return f'<td title="{html.escape(words)}">{shown}<span class="st-words">{words}</span></td>'


TORCH: Final = {
    "right": ("pass", "\N{CHECK MARK}"),
    "**wrong**": ("fail", "\N{BALLOT X}"),
    "raised": ("error", "!"),
    "refused": ("not-testable", "\N{HYPHEN}"),
    "-": ("none", "\N{MIDDLE DOT}"),
}
"""What came out of a case with PyTorch's table: a square's kind, and its sign."""


def torch_report(page: str) -> str:
    """Returns a page about PyTorch's cases, with squares in the place of its table's words."""
    match = re.search(r"^\| case \| backend \|.*?\n\n", page, re.MULTILINE | re.DOTALL)
    if match is None:
        return page
    head, _, *lines = (line.strip("| ").split(" | ") for line in match[0].split("\n") if line)
    names = [re.sub(r"^(before|after): ", "", name) for name in head[2:]]
    half = names.index(names[0], 1) if names[0] in names[1:] else len(names)
    columns = [("repaired" if at >= half else "as it is", name) for at, name in enumerate(names)]
    rows, case = [], ""
    for name, backend, *words in lines:
        if name != case:
            case = name
            rows.append(heading_row(name, len(words)))
        cells = (
            square(*TORCH[word], f"{word.strip('*')}: {', '.join(column)}")
            for word, column in zip(words, columns, strict=True)
        )
        rows.append(f'<tr><th scope="row">{backend}</th>{"".join(cells)}</tr>')
    table = square_table("backend", columns, rows)
    return f"{page[: match.start()]}{table}\n\n{page[match.end() :]}"


# --- the command line ----------------------------------------------------------------------


def command_line() -> str:
    """Returns the page of what the commands say of themselves."""
    overview_ = help_of()
    names = re.findall(r"^  (\w+) ", overview_.partition("Commands:")[2], re.MULTILINE)
    sections = [f"## {name}\n\n{block(help_of(name))}" for name in names]
    return "\n".join([HEAD, block(overview_), *sections, f"## pytest\n\n{block(help_of_pytest())}"])


def help_of(*command: str) -> str:
    """Returns what a command prints as its help."""
    os.environ["COLUMNS"] = "80"  # as wide as a page
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        kit([*command, "--help"])
    return printed.getvalue()


def help_of_pytest() -> str:
    """Returns what pytest prints of the kit's options and settings, in a project without any."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--help"],
            cwd=folder,
            env={**os.environ, "PYTHON_COLORS": "0"},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
    options = re.search(r"^conformance of side tables:\n(?:  .*\n)+", done.stdout, re.MULTILINE)
    settings = re.findall(r"^  sidetable_.*\n(?:   .*\n)+", done.stdout, re.MULTILINE)
    return f"{options[0] if options else ''}\nsettings:\n{''.join(settings)}"


def block(text: str) -> str:
    """Returns a text as a block of a page."""
    return f"```text\n{text.strip()}\n```\n"
