"""Pictures as SVG, which can be read on light and on dark paper."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final, TypeAlias

from racing import Spread

Line: TypeAlias = Mapping[float, float]

_STYLE: Final = """\
  <style>
    svg:root { --paper: #ffffff; --ink: #1f2328; --faint: #c4c9d0;
               --a: #0969da; --b: #8250df; --c: #1a7f37; --d: #9a6700; }
    @media (prefers-color-scheme: dark) {
      svg:root { --paper: #1e2129; --ink: #e4e7ec; --faint: #4b515c;
                 --a: #6cb0ff; --b: #c29bff; --c: #56d364; --d: #e3b341; }
    }
    text { font: 13px system-ui, sans-serif; fill: var(--ink); }
    .name { font-weight: 600; }
    .right { text-anchor: end; }
    .middle { text-anchor: middle; }
    .grid { stroke: var(--faint); stroke-width: 1; }
    .line { fill: none; stroke-width: 2; }
    .must { stroke: var(--ink); stroke-width: 2; }
    .a { stroke: var(--a); } .b { stroke: var(--b); }
    .c { stroke: var(--c); } .d { stroke: var(--d); }
    .line.b { stroke-dasharray: 6 3; } .line.c { stroke-dasharray: 2 3; }
    .line.d { stroke-dasharray: 9 3 2 3; }
    circle { fill: var(--paper); stroke-width: 2; }
  </style>
"""
_ROW: Final = 24
_LEFT: Final = 300
_SCALE: Final = 200
_PLOT: Final = (64, 40, 400, 220)
"""Left, top, width and height of what lines are drawn in."""


def draw_ratios(rows: Sequence[tuple[str, Spread, float | None]]) -> str:
    """Returns a picture of ratios: a dot for the median, a line for the quartiles, a bar to reach.

    Args:
        rows: For each, its name, the ratio, and what it must not exceed.
    """
    most = max(max(spread.high, must or 0) for _, spread, must in rows)
    width, height = _LEFT + most * _SCALE + 30, len(rows) * _ROW + 56
    parts: list[str] = []
    for tick in range(math.floor(most * 4) + 1):
        x = _LEFT + tick / 4 * _SCALE
        parts.append(_rule(x, 34, x, height - 16))
        parts.append(_text(x, 26, f"{tick / 4:g}", "middle"))
    for number, (name, spread, must) in enumerate(rows):
        y = 52 + number * _ROW
        parts.append(_text(_LEFT - 12, y + 4, name, "right"))
        low, middle, high = (_LEFT + x * _SCALE for x in (spread.low, spread.median, spread.high))
        parts.append(f'<path class="line a" d="M{low:.1f} {y}H{high:.1f}"/>')
        parts.append(f'<circle class="a" cx="{middle:.1f}" cy="{y}" r="4"/>')
        if must is not None:
            x = _LEFT + must * _SCALE
            parts.append(f'<path class="must" d="M{x:.1f} {y - 8}V{y + 8}"/>')
    return _picture(
        "Cost as a ratio to PyTorch's table; the bars are the targets", width, height, parts
    )


def draw_lines(title: str, across: str, lines: Mapping[str, Line]) -> str:
    """Returns a picture of costs in nanoseconds, both axes logarithmic.

    Args:
        title: What is shown.
        across: What the horizontal axis counts.
        lines: For each line, its name and the cost at each count. At most four.
    """
    left, top, width, height = _PLOT
    counts = sorted({x for line in lines.values() for x in line})
    costs = [y for line in lines.values() for y in line.values()]
    low, high = _decades(costs)

    def across_at(x: float) -> float:
        first, last = math.log(counts[0] + 1), math.log(counts[-1] + 1)
        return left + width * (math.log(x + 1) - first) / (last - first)

    def up_at(y: float) -> float:
        return top + height * (1 - (math.log10(y) - low) / (high - low))

    parts = [_text(left, 20, title, "name")]
    for exponent in range(low, high + 1):
        for factor in (1, 2, 5):
            cost = factor * 10.0**exponent
            if exponent < high or factor == 1:
                parts.append(_rule(left, up_at(cost), left + width, up_at(cost)))
                parts.append(_text(left - 8, up_at(cost) + 4, _nanoseconds(cost), "right"))
    parts.extend(
        _text(across_at(x), top + height + 18, f"{x:g}" if x < 1000 else f"{x / 1000:g}k", "middle")  # noqa: PLR2004  # a thousand
        for x in counts
    )
    parts.append(_text(left + width / 2, top + height + 38, across, "middle"))
    for number, (name, line) in enumerate(lines.items()):
        kind = "abcd"[number]
        points = [(across_at(x), up_at(y)) for x, y in line.items()]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        parts.append(f'<path class="line {kind}" d="M{path}"/>')
        parts.extend(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points)
        y = top + 14 + number * 22
        parts.append(f'<path class="line {kind}" d="M{left + width + 16} {y}h36"/>')
        parts.append(_text(left + width + 60, y + 4, name))
    return _picture(title, left + width + 250, top + height + 52, parts)


def _decades(costs: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))
    return low, max(high, low + 1)


def _nanoseconds(cost: float) -> str:
    for unit, size in (("ms", 1e6), ("µs", 1e3)):
        if cost >= size:
            return f"{cost / size:g} {unit}"
    return f"{cost:g} ns"


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path class="grid" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(text)}</text>'


def _picture(title: str, width: float, height: float, parts: Sequence[str]) -> str:
    lines = "\n".join(f"  {part}" for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" role="img" aria-labelledby="title">\n'
        f'  <title id="title">{escape(title)}</title>\n{_STYLE}'
        f'  <rect width="{width:.0f}" height="{height:.0f}" rx="8" fill="var(--paper)"/>\n'
        f"{lines}\n</svg>\n"
    )
