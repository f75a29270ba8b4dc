"""The requirements as a page of the documentation, on which every id is an anchor."""

from __future__ import annotations

from collections.abc import Iterator
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
requirement that names no edition is the same in both. An id stays what it is, and is never used for
something else. `sidetable-conformance explain ID` prints what stands here, and the faults that
break it.

The examples run as tests. They share these lines, in which any other implementation will do as
well:

```python
from sidetable_core import SideTable

{SHARED.rstrip()}
```
"""


def requirements_page(listed: Listing) -> str:
    """Returns the page, in Markdown.

    Args:
        listed: Every id that there is.

    Example:
        >>> requirements_page(Listing(())).splitlines()[0]
        '# Requirements'
    """
    return "\n".join([_HEAD.format(count=len(listed.requirements)), *_sections(listed)])


def _sections(listed: Listing) -> Iterator[str]:
    for area in dict.fromkeys(row.area for row in listed.requirements):
        yield f"## {AREAS.get(area, area)}\n"
        yield from (_section(row) for row in listed.requirements if row.area == area)
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


def _section(row: Requirement) -> str:
    return "\n\n".join([_anchor(row.id), *_asked(row), *_explained(row)]) + "\n"


def _asked(row: Requirement) -> Iterator[str]:
    facts = [row.level]
    if row.capabilities:
        words = " and ".join(f"`{word}`" for word in row.capabilities)
        facts.append(f"asked of targets that declare {words}")
    if row.editions != EDITIONS:
        facts.append(f"asked in {', '.join(row.editions)} only")
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
