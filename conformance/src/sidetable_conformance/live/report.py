"""What a watch found, for people and for programs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from rich import box
from rich.console import Console
from rich.table import Table as Columns
from rich.text import Text

from sidetable_conformance.output.wording import shown
from sidetable_conformance.results import SCHEMA, digest_of, header_here
from sidetable_conformance.rules import RULES
from sidetable_conformance.spec import OWN

from .judge import KEPT, LUCK, RAISED, WRONG, Binding, Finding
from .lanes import Lane, Place

SIGNS: Final[Mapping[str, str]] = {WRONG: "✗", RAISED: "!", KEPT: "∞", LUCK: "?"}
CLASSES: Final[Mapping[str, str]] = {WRONG: "fail", RAISED: "error", KEPT: "known", LUCK: "known"}
STYLES: Final[Mapping[str, str]] = {
    WRONG: "bold red",
    RAISED: "bold magenta",
    KEPT: "yellow",
    LUCK: "yellow",
}
_ROW: Final = 30


def sentence(finding: Finding) -> str:
    """Return what the requirement asks for."""
    return RULES[finding.requirement].requirement.sentence(OWN)


def line(place: Place) -> str:
    """Return a line of code in a line of text, its path from where the program runs."""
    file = place[0].removeprefix(os.getcwd() + os.sep)  # noqa: PTH109  # no `Path` has a prefix
    return shown(f"{file}:{place[1]} in {place[2]}")


def conclusion(findings: Sequence[Finding]) -> str:
    """Return what was found, in one line."""
    if not findings:
        return "no lookup found anything but what its own call had bound"
    counts = {kind: sum(one.count for one in findings if one.kind == kind) for kind in SIGNS}
    words = {WRONG: "wrong objects", RAISED: "errors", KEPT: "objects kept alive"}
    said = ", ".join(
        f"{count:,} {words.get(kind, kind) if count != 1 else kind}"
        for kind, count in counts.items()
        if count
    )
    places = "1 place" if len(findings) == 1 else f"{len(findings)} places"
    return f"{said}, at {places}"


# --- JSON and the terminal ------------------------------------------------------------------------


def to_json(target: str, findings: Sequence[Finding]) -> str:
    """Return the findings as JSON text."""
    asked = [RULES[one.requirement].requirement for one in findings]
    document: dict[str, object] = {
        "schema": SCHEMA,
        "live": True,
        "target": target,
        "edition": OWN,
        "conformant": not findings,
        "header": header_here(asked, OWN).rows(),
        "findings": [_row(one) for one in findings],
    }
    document["footer"] = {"findings": len(findings), "sha256": digest_of(document)}
    return json.dumps(document, indent=2) + "\n"


def _row(finding: Finding) -> dict[str, object]:
    requirement = RULES[finding.requirement].requirement
    return {
        "id": finding.requirement,
        "level": requirement.level,
        "sentence": sentence(finding),
        "kind": finding.kind,
        "index": finding.index,
        "count": finding.count,
        "message": finding.summary,
        "lane": finding.lane.name,
        "looked_up": [line(place) for place in finding.looked_up],
        "bound": [line(place) for place in finding.bound],
        "own": [line(place) for place in finding.own],
        "last": [
            {
                "where": line(record.where[0]) if record.where else "",
                "lane": record.lane.name,
                "before_ns": finding.when - record.began,
            }
            for record in finding.last
        ],
    }


def show(target: str, findings: Sequence[Finding], faults: Sequence[str], console: Console) -> None:
    """Print a row for each finding, then where each of them happened, and faults of the watch."""
    columns = Columns(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold")
    for name in ("", "requirement", "index", "times", "what happened"):
        columns.add_column(name, justify="right" if name in ("index", "times") else "left")
    for one in findings:
        columns.add_row(
            Text(f"{SIGNS[one.kind]} {one.kind}", style=STYLES[one.kind], no_wrap=True),
            Text(one.requirement, no_wrap=True),
            shown(str(one.index)),
            f"{one.count:,}",
            Text(shown(one.summary)),
        )
    if findings:
        console.print(columns)
    for one in findings:
        console.print(Text(f"\n{SIGNS[one.kind]} {one.requirement}", style="bold"))
        for what, places in stacks(one):
            for number, place in enumerate(places[:2]):
                head = "" if number else what
                console.print(Text(f"    {head:<12} {line(place)}"), soft_wrap=True)
    for fault in faults:
        said = shown(fault.strip().rpartition("\n")[2])
        console.print(Text(f"\nThe watch itself failed, and judged nothing there: {said}"))
    style = "bold red" if findings or faults else "bold green"
    console.print(Text(f"\n{shown(target)}: {conclusion(findings)}", style=style), soft_wrap=True)


def stacks(finding: Finding) -> tuple[tuple[str, tuple[Place, ...]], ...]:
    """Return the places of a finding, each kind with its name."""
    theirs = "overwritten" if finding.kind in (RAISED, LUCK) else "found"
    named = (("looked up", finding.looked_up), ("own", finding.own), (theirs, finding.bound))
    return tuple((name, places) for name, places in named if places)


# --- the page -------------------------------------------------------------------------------------


@final
@dataclass(frozen=True, slots=True)
class Bar:
    """A call in a timeline.

    Attributes:
        number: Its number in the list beside the timeline.
        record: What it had bound.
        x: Where it begins, in per cent.
        width: How long it is, likewise.
        y: The top of its row.
        role: `own`, `found`, or "" for any other.
    """

    number: int
    record: Binding
    x: float
    width: float
    y: int
    role: str


@final
@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened before a finding: in order, but not to scale, as some calls take very long.

    Attributes:
        bars: The calls.
        lanes: The name of each lane, and where it stands.
        height: The height of all of it.
        x: When the lookup was, in per cent.
        start: Where the arrow begins, from the bar whose object was found.
        end: Where it ends, in the lane that looked it up.
    """

    bars: tuple[Bar, ...]
    lanes: tuple[tuple[str, int], ...]
    height: int
    x: float
    start: int
    end: int

    @classmethod
    def of(cls, finding: Finding) -> Timeline:
        """Return the timeline of a finding."""
        own, found = finding.records
        records = {id(one): one for one in (own, found, *finding.last[:8]) if one is not None}
        calls = sorted(records.values(), key=lambda one: one.number)
        ends = [one.over if 0 < one.over < finding.when else finding.when for one in calls]
        times = sorted({*(one.began for one in calls), *ends, finding.when})
        step = 92 / max(len(times) - 1, 1)
        at = {when: 2 + step * number for number, when in enumerate(times)}
        lanes: dict[Lane, list[list[tuple[float, float, int]]]] = {}
        for number, (call, end) in enumerate(zip(calls, ends, strict=True)):
            rows = lanes.setdefault(call.lane, [])
            span = (at[min(call.began, finding.when)], at[end], number)
            free = [row for row in rows if row[-1][1] <= span[0]]
            free[0].append(span) if free else rows.append([span])
        lanes.setdefault(finding.lane, [[]])
        bars: list[Bar] = []
        names: list[tuple[str, int]] = []
        ends_at: dict[str, int] = {}
        y = 16
        for lane, rows in lanes.items():
            names.append((shown(lane.name), y))
            y += 8
            for row in rows:
                for x, right, number in row:
                    call = calls[number]
                    role = "own" if call is own else "found" if call is found else ""
                    bars.append(Bar(number + 1, call, x, max(right - x, 2), y, role))
                    ends_at[role] = y
                y += _ROW
            if lane is finding.lane:
                ends_at["lane"] = y - _ROW
            y += 18
        end = ends_at["own"] if own is not None and own.lane is finding.lane else ends_at["lane"]
        start = ends_at.get("found", end)
        return cls(tuple(sorted(bars, key=lambda bar: bar.number)), tuple(names), y - 10,
                   at[finding.when], start, end)  # fmt: skip


def html(target: str, findings: Sequence[Finding]) -> str:
    """Return the findings as one page that loads nothing, and runs no script."""
    # jinja2 is an extra: without it everything else can be used.
    from sidetable_conformance.output.html import page  # noqa: PLC0415

    document = json.loads(to_json(target, findings))
    return page(
        "live/page.html.jinja",
        ["output/page/page.css", "live/page.css"],
        "",
        target=shown(target),
        findings=[(one, Timeline.of(one)) for one in findings],
        conclusion=conclusion(findings),
        header=document["header"],
        sha256=document["footer"]["sha256"],
        classes=CLASSES,
        signs=SIGNS,
        sentence=sentence,
        stacks=stacks,
        shown=shown,
        line=line,
    )
