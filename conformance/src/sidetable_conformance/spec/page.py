"""The requirements as a page of the documentation, on which every id is an anchor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from .examples import SHARED
from .listing import Listing
from .requirement import EDITIONS, Requirement

AREAS: Final = {
    "index": "How indices are given out",
    "present": "Whether anything is registered",
    "lookup": "Lookups",
    "store": "Stores",
    "keep": "What is kept alive",
    "constructor": "Constructors",
    "weakref": "Values that can not be weakly referenced",
    "reset": "Reset",
    "set": "Setting one index",
    "isolation": "Tables, threads, tasks and greenlets",
    "frame": "Frames",
    "entry": "Entry functions",
    "hold": "Objects that frames hold",
    "snapshot": "Snapshots",
    "handle": "Handles",
    "lifetime": "What tables leave",
    "robust": "What must not break it",
}
"""The heading of each area."""

_HEAD: Final = f"""\
# Requirements

<!-- Written by `sidetable-conformance list --markdown FILE`; change requirements.toml instead. -->

What the conformance kit asks of a side table: {{count}} requirements, in two editions.
`dynamo-2.13` restates what PyTorch 2.13 does; `2026.11` is this project's own, and safer. A
sentence that names no edition is the same in both. An id stays what it is, and is never used for
something else. Each says which function of the kit checks it, and by which
[faults](kill-matrix.md) that check was tried. `sidetable-conformance explain ID` prints the same.

The examples run as tests. They share these lines, in which any other implementation will do as
well:

```python
from sidetable_core import SideTable

{SHARED.rstrip()}
```
"""

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def requirements_page(listed: Listing, behind: Mapping[str, str] = _NOTHING) -> str:
    """Returns the page, in Markdown.

    Args:
        listed: Every id that there is.
        behind: For each id what stands behind it, as a sentence in Markdown.

    Example:
        >>> requirements_page(Listing(())).splitlines()[0]
        '# Requirements'
    """
    return "\n".join([_HEAD.format(count=len(listed.requirements)), *_sections(listed, behind)])


def _sections(listed: Listing, behind: Mapping[str, str]) -> Iterator[str]:
    for area in dict.fromkeys(row.area for row in listed.requirements):
        yield f"## {AREAS.get(area, area)}\n"
        yield from (
            _section(row, behind.get(row.id, "")) for row in listed.requirements if row.area == area
        )
    for profile in dict.fromkeys(row.profile for row in listed.reserved):
        yield f"## Reserved for profile {profile}\n\nTo be asked once there are checks for it.\n"
        yield from (
            f"{_anchor(row.id)}\n\n{row.text}\n"
            for row in listed.reserved
            if row.profile == profile
        )
    if listed.excluded:
        yield "## Excluded\n\nNot asked, because nobody can see from outside whether it is kept.\n"
        yield from (f"{_anchor(row.id)}\n\n{row.text} {row.reason}\n" for row in listed.excluded)
    if listed.retired:
        yield "## Retired\n\nNo longer asked. The ids are not used again.\n"
        yield from (
            f"{_anchor(row.id)}\n\nSince {row.since}. {row.reason}\n" for row in listed.retired
        )


def _section(row: Requirement, behind: str) -> str:
    parts = (_anchor(row.id), *_asked(row), *_explained(row), behind)
    return "\n\n".join(filter(None, parts)) + "\n"


def _asked(row: Requirement) -> Iterator[str]:
    facts = [row.level, f"profile {row.profile}"]
    if row.capabilities:
        words = " and ".join(f"`{word}`" for word in row.capabilities)
        facts.append(f"asked of targets that declare {words}")
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
    if row.why:
        yield row.why
    if row.example:
        yield f"```python\n{row.example.rstrip()}\n```"
    if row.causes:
        yield "Likely causes where it fails:"
        yield "\n".join(f"* {cause}" for cause in row.causes)
    if row.needs:
        yield f"Needs {', '.join(f'[{id_}](#{id_})' for id_ in row.needs)}."


def _anchor(id_: str) -> str:
    return f"### {id_} {{#{id_}}}"
