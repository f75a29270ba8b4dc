"""Draws the picture of the page on performance, from the figures that `compare.py` wrote.

hatch run bench:chart
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[3] / "docs" / "explanation"
ROWS: Final = {
    "lookup": "lookup",
    "store of 4, the same again": "store again",
    "store of 4, all new": "store, all new",
    "entry of 3, 3 lookups": "call with 3 objects",
    "register 1,000": "register 1,000",
}
"""The operations that are shown, each with its name in the picture."""

LEFT, WIDTH, TOP, STEP, BAR = 178, 140, 52, 46, 17
"""Where the bars begin, how long 1.0 is, and where each row stands, in pixels."""

HEAD: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 {height}" width="720" role="img"
     aria-labelledby="title">
  <title id="title">Time of each operation, where PyTorch's own table takes 1</title>
  <style>
    svg:root {{ --paper: #ffffff; --ink: #1f2328; --line: #8c959f; }}
    svg:root {{ --python: #0969da; --c: #1a7f37; }}
    @media (prefers-color-scheme: dark) {{
      svg:root {{ --paper: #1e2129; --ink: #e4e7ec; --line: #6e7681; }}
      svg:root {{ --python: #6cb6ff; --c: #5fcf7a; }}
    }}
    text {{ font: 17px system-ui, sans-serif; fill: var(--ink); }}
    .name {{ text-anchor: end; }}
    .python {{ fill: var(--python); }}
    .python + text {{ paint-order: stroke; stroke: var(--paper); stroke-width: 5; }}
    .c {{ fill: var(--c); }}
    path {{ stroke: var(--line); stroke-width: 1.5; stroke-dasharray: 5 4; }}
  </style>
  <rect width="480" height="{height}" rx="8" fill="var(--paper)"/>
  <rect x="12" y="16" width="14" height="14" class="python"/><text x="32" y="29">in Python</text>
  <rect x="122" y="16" width="14" height="14" class="c"/><text x="142" y="29">in C</text>
  <text x="{one}" y="29" text-anchor="middle">PyTorch: 1</text>
  <path d="M{one} 36V{end}"/>
"""


def drawn(rows: dict[str, dict[str, float]]) -> str:
    """Returns the picture.

    Args:
        rows: For each operation of `ROWS`, the ratio of each implementation.
    """
    height = TOP + STEP * len(ROWS)
    lines = [HEAD.format(height=height, one=LEFT + WIDTH, end=height - 12)]
    for at, (name, shown) in enumerate(ROWS.items()):
        y = TOP + STEP * at
        lines.append(f'  <text x="{LEFT - 12}" y="{y + BAR + 6}" class="name">{shown}</text>\n')
        for line, (kind, implementation) in enumerate((("python", "python"), ("c", "native"))):
            ratio = rows[name][implementation]
            length, top = max(2, round(ratio * WIDTH)), y + line * (BAR + 2)
            x, baseline = LEFT + length + 6, top + BAR - 3
            lines.append(
                f'  <rect x="{LEFT}" y="{top}" width="{length}" height="{BAR}" class="{kind}"/>\n'
                f'  <text x="{x}" y="{baseline}">{ratio:.2f}</text>\n'
            )
    return "".join([*lines, "</svg>\n"])


def measured(version: str) -> dict[str, dict[str, float]]:
    """Returns the medians of a version of Python, by operation and implementation."""
    path = FOLDER / "measured" / f"compare-{version}.json"
    return {
        row["name"]: {name: found["median"] for name, found in row["implementations"].items()}
        for row in json.loads(path.read_text(encoding="utf-8"))["rows"]
    }


if __name__ == "__main__":
    (FOLDER / "performance.svg").write_text(drawn(measured("3.13")), encoding="utf-8")
