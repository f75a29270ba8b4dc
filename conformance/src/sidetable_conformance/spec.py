"""What is asked: requirements, the editions that ask for them, and the ids without a check."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from typing import Final, NoReturn, final

from sidetable_conformance.errors import KitError

DYNAMO: Final = "dynamo-2.13"
"""The edition that restates what PyTorch 2.13 does."""

OWN: Final = "2026.11"
"""This project's own edition, which is the default."""

EDITIONS: Final = (DYNAMO, OWN)
"""Every edition that an implementation can be judged by."""

CORE: Final = "core"
ISOLATION: Final = "isolation"
ROBUST: Final = "robust"

PROFILES: Final = (CORE, ISOLATION, ROBUST)
"""Every group of requirements."""

MUST: Final = "MUST"
SHOULD: Final = "SHOULD"

LEVELS: Final = (MUST, SHOULD)
"""How much is lost where a requirement is not kept: the verdict, or nothing but the row."""

OPPOSITE: Final = "opposite"
STRICTER: Final = "stricter"

CAPABILITIES: Final = (
    "set",
    "tables",
    "threads",
    "tasks",
    "greenlets",
    "frames",
    "entries",
    "hold",
    "snapshots",
    "handles",
)
"""The powers that profiles ask for, unless a run opts out of them by name. Only `set` is also left
out where a target has none."""

ID: Final = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*")
"""What an id looks like: `area.rule`."""

SHARED: Final = '''\
import asyncio
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from sidetable_source import LocalSource, Unsupported

class Pool:
    """An object that a graph cannot carry."""

def construct(index, codegen):
    """Writes the code that makes a graph-created object; here, none."""

pool, other, third = Pool(), Pool(), Pool()
source = LocalSource("pool")
'''
"""Code that makes the names that examples use, except `SideTable`: any implementation will do."""

LEGEND: Final = (
    "`SideTable` stands for any implementation, `pool`, `other` and `third` for objects that a"
    " graph cannot carry, and `source` for the source of one."
)
"""The same in a sentence."""


def one_of(choices: tuple[str, ...], name: object, what: str) -> str:
    """Return the name, or raise ValueError because it is none of these."""
    if name not in choices:
        raise ValueError(f"there is no {what} {name!r}; choose from {', '.join(choices)}")
    return str(name)


def profiles_in(text: str) -> tuple[str, ...]:
    """Return the profiles that a text names, in the order of `PROFILES`, or raise ValueError."""
    named = [one_of(PROFILES, part.strip(), "profile") for part in text.split(",")]
    return tuple(profile for profile in PROFILES if profile in named)


def capabilities_in(text: str) -> tuple[str, ...]:
    """Return the capabilities that a text names, likewise; the text may be empty."""
    parts = filter(None, map(str.strip, text.split(",")))
    named = [one_of(CAPABILITIES, part, "capability") for part in parts]
    return tuple(word for word in CAPABILITIES if word in named)


@final
@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that is asked of an implementation.

    Attributes:
        id: Its name, `area.rule`; never reused.
        level: `MUST` or `SHOULD`.
        profile: The group of requirements that it belongs to.
        text: What is asked.
        editions: The editions that ask for it.
        edition_texts: Pairs of an edition and what it asks, if editions differ.
        difference: How editions differ: `opposite`, `stricter`, or "" if they do not.
        capabilities: The powers of a target that it is about; it is asked unless a run opts out of
            one of them.
        needs: The ids of requirements without which its check means nothing; the name of a profile
            means all others in it.
        why: Why it is asked.
        example: What must hold, as a doctest in the names of `SHARED`.
        causes: The likely causes of a failure, likeliest first.

    Example:
        >>> requirement = Requirement(
        ...     id="store.failure",
        ...     level="MUST",
        ...     profile="core",
        ...     text="What a failed store leaves depends on the edition.",
        ...     edition_texts=(("dynamo-2.13", "Nothing."), ("2026.11", "Everything.")),
        ...     difference="opposite",
        ... )
        >>> requirement.area
        'store'
        >>> requirement.sentence("2026.11")
        'Everything.'
    """

    id: str
    level: str
    profile: str
    text: str
    editions: tuple[str, ...] = EDITIONS
    edition_texts: tuple[tuple[str, str], ...] = ()
    difference: str = ""
    capabilities: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    why: str = ""
    example: str = ""
    causes: tuple[str, ...] = ()

    @property
    def area(self) -> str:
        """The first part of the id, which also names the folder that has its rule."""
        return self.id.partition(".")[0]

    @property
    def how_editions_differ(self) -> str:
        """How editions differ, in words, or "" where they do not."""
        if self.difference == OPPOSITE:
            return "opposite: no implementation can keep it in both editions"
        if self.difference == STRICTER:
            return f"stricter in {OWN}: an implementation can keep it in both editions"
        return ""

    def sentence(self, edition: str) -> str:
        """Return what one edition asks."""
        return dict(self.edition_texts).get(edition, self.text)


@final
@dataclass(frozen=True, slots=True)
class Excluded:
    """A rule that is not asked, because nobody can see from outside whether it is kept.

    Attributes:
        id: Its name, as a requirement has one; never used for something else.
        text: The rule.
        reason: Why it cannot be seen, and what is asked instead.
    """

    id: str
    text: str
    reason: str


@final
@dataclass(frozen=True, slots=True)
class Retired:
    """A requirement that is no longer asked, and whose id is never used again.

    Attributes:
        id: Its name.
        since: The first edition that does not ask for it.
        reason: Why not.
    """

    id: str
    since: str
    reason: str


@final
@dataclass(frozen=True, slots=True)
class Listing:
    """Every id that there is, each in one place.

    Attributes:
        requirements: What is asked, and checked.
        excluded: What nobody can see from outside.
        retired: What is no longer asked.

    Raises:
        KitError: If an id is there twice or malformed, or requirements need what is not there, or
            one another.
    """

    requirements: tuple[Requirement, ...]
    excluded: tuple[Excluded, ...] = ()
    retired: tuple[Retired, ...] = ()

    def __post_init__(self) -> None:
        _each_id_once(self)
        _needs_can_be_met(self.requirements)

    @property
    def entries(self) -> tuple[Requirement | Excluded | Retired, ...]:
        """All of them, in this order."""
        return (*self.requirements, *self.excluded, *self.retired)


def _each_id_once(listed: Listing) -> None:
    times = Counter(entry.id for entry in listed.entries)
    if malformed := [id_ for id_ in times if not ID.fullmatch(id_)]:
        _refuse(f"not of the form area.rule: {', '.join(malformed)}")
    retired = {entry.id: entry.since for entry in listed.retired}
    repeated = [id_ for id_ in times if times[id_] > 1]
    for id_ in repeated:
        if id_ in retired:
            _refuse(f"{id_} is retired since {retired[id_]}, and cannot be used again")
    if repeated:
        _refuse(f"listed more than once: {', '.join(repeated)}")


def _needs_can_be_met(listed: tuple[Requirement, ...]) -> None:
    by_id = {row.id: row for row in listed}
    for row in listed:
        for id_ in row.needs:
            if id_ in PROFILES:  # all others of it
                continue
            if id_ not in by_id:
                _refuse(f"{row.id} needs {id_}, which is not a requirement")
            if not set(row.editions) <= set(by_id[id_].editions):
                _refuse(f"{row.id} needs {id_}, which not all of its editions ask for")
    try:
        needs = {row.id: [id_ for id_ in row.needs if id_ in by_id] for row in listed}
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        _refuse(f"requirements need one another: {', '.join(dict.fromkeys(error.args[1]))}")


def _refuse(why: str) -> NoReturn:
    raise KitError(why)


# --- the editions as they were frozen -------------------------------------------------------------


def frozen_edition(name: str) -> Mapping[str, str]:
    """Return what an edition asked when it was frozen: each id with the digest of its words.

    What it asks never changes after that. A requirement that was added later is judged under it,
    but does not count until the next edition.
    """
    name = one_of(EDITIONS, name, "edition")
    packaged = files("sidetable_conformance").joinpath("editions.json")
    digests: Mapping[str, str] = json.loads(packaged.read_text(encoding="utf-8"))[name]
    return digests
