"""Reads the requirement list, and takes nothing in it on trust.

The list is read and validated as a whole, so that a slip in it is an error of the kit and never a
wrong verdict about somebody's implementation.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from typing import Final, NoReturn, TypeVar, final

from sidetable_conformance.errors import KitError

from .requirement import EDITIONS, PROFILES, Requirement
from .row import Row, is_list
from .unchecked import Excluded, Reserved, Retired

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
LEVELS: Final = ("MUST", "SHOULD")
DIFFERENCES: Final = ("opposite", "stricter")

_NEEDED: Final = frozenset({"id", "level", "profile", "text"})
_OPTIONAL: Final = frozenset(
    {"capabilities", "causes", "difference", "edition", "editions", "example", "needs", "why"}
)
_KINDS: Final = ("requirement", "excluded", "reserved", "retired")

_Entry = TypeVar("_Entry")


@final
@dataclass(frozen=True, slots=True)
class Listing:
    """Every id that there is, each in one place.

    Attributes:
        requirements: What is asked, and checked.
        excluded: What nobody can see from outside.
        reserved: What is to come.
        retired: What is no longer asked.
    """

    requirements: tuple[Requirement, ...]
    excluded: tuple[Excluded, ...] = ()
    reserved: tuple[Reserved, ...] = ()
    retired: tuple[Retired, ...] = ()

    @property
    def entries(self) -> tuple[Requirement | Excluded | Reserved | Retired, ...]:
        """All of them, in this order."""
        return (*self.requirements, *self.excluded, *self.reserved, *self.retired)


def listing() -> Listing:
    """Returns every id that there is, each with what is known of it.

    The list is read anew at each call, which takes a few milliseconds.

    Raises:
        KitError: If the list is not valid.

    Example:
        >>> [row.id for row in listing().excluded][:1]
        ['lookup.single-dereference']
    """
    packaged = files("sidetable_conformance").joinpath("requirements.toml")
    return parse_listing(packaged.read_text(encoding="utf-8"))


def requirements() -> tuple[Requirement, ...]:
    """Returns the kit's requirements, of every profile, in the order of the list.

    The list is read anew at each call, which takes a few milliseconds.

    Raises:
        KitError: If the list is not valid.

    Example:
        >>> sorted({requirement.area for requirement in requirements()})[:4]
        ['constructor', 'entry', 'frame', 'handle']
    """
    return listing().requirements


def parse_requirements(text: str) -> tuple[Requirement, ...]:
    """Returns the requirements that a TOML text lists, as `parse_listing` reads it.

    Example:
        >>> parse_requirements("schema = 2")
        Traceback (most recent call last):
        sidetable_conformance.KitError: requirement list: schema is not 1
    """
    return parse_listing(text).requirements


def parse_listing(text: str) -> Listing:
    """Returns every id that a TOML text lists, every entry validated.

    Args:
        text: A list in the form that the head of `requirements.toml` describes.

    Returns:
        The entries in the order of the text.

    Raises:
        KitError: If the text is not TOML, is of another schema or has no requirement; if an entry
            is incomplete, contradicts itself, or has an id that is malformed or there twice; or
            if requirements need what is not there, or one another.

    Example:
        >>> parse_listing('''
        ... schema = 1
        ... [[requirement]]
        ... id = "area.rule"
        ... level = "MUST"
        ... profile = "core"
        ... text = "Something is asked."
        ... ''').requirements[0].id
        'area.rule'
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KitError(f"requirement list: {error}") from error
    if document.get("schema") != 1:
        _refuse("schema is not 1")
    if unknown := document.keys() - {"schema", *_KINDS}:
        _refuse(f"unknown: {', '.join(sorted(unknown))}")
    if not document.get("requirement"):
        _refuse("there is no requirement in it")
    listed = Listing(
        requirements=_entries(document, "requirement", _requirement),
        excluded=_entries(document, "excluded", _excluded),
        reserved=_entries(document, "reserved", _reserved),
        retired=_entries(document, "retired", _retired),
    )
    _each_id_once(listed)
    _needs_can_be_met(listed.requirements)
    return listed


def _entries(
    document: Mapping[str, object], kind: str, make: Callable[[object], _Entry]
) -> tuple[_Entry, ...]:
    entries = document.get(kind, [])
    if not is_list(entries):
        _refuse(f"there is no {kind} in it, but something else of that name")
    return tuple(make(entry) for entry in entries)


def _requirement(entry: object) -> Requirement:
    row = Row("requirement", entry, _NEEDED, _OPTIONAL)
    requirement = Requirement(
        id=row.id,
        level=row.one_of(LEVELS, "level"),
        profile=row.one_of(PROFILES, "profile"),
        text=row.text("text"),
        editions=_editions(row),
        edition_texts=row.texts_by_name("edition"),
        difference=row.one_or_nothing(DIFFERENCES, "difference"),
        capabilities=_capabilities(row),
        needs=row.texts("needs"),
        why=row.text_or_nothing("why"),
        example=row.text_or_nothing("example"),
        causes=row.texts("causes"),
    )
    said = {name for name, _ in requirement.edition_texts}
    if bool(requirement.difference) != bool(said):
        row.refuse("a difference needs a text for each edition, and these a difference")
    if said and said != set(requirement.editions):
        row.refuse("some of its editions have a text and some have none")
    return requirement


def _capabilities(row: Row) -> tuple[str, ...]:
    named = row.texts("capabilities")
    if unknown := [word for word in named if word not in CAPABILITIES]:
        row.refuse(f"there is no capability {', '.join(unknown)}")
    return named


def _editions(row: Row) -> tuple[str, ...]:
    if "editions" not in row:
        return EDITIONS
    named = row.texts("editions")
    if not named:
        row.refuse("editions is not a list of editions")
    if unknown := [edition for edition in named if edition not in EDITIONS]:
        row.refuse(f"there is no edition {', '.join(unknown)}")
    return tuple(edition for edition in EDITIONS if edition in named)


def _excluded(entry: object) -> Excluded:
    row = Row("excluded", entry, {"id", "text", "reason"})
    return Excluded(row.id, row.text("text"), row.text("reason"))


def _reserved(entry: object) -> Reserved:
    row = Row("reserved", entry, {"id", "profile", "text"})
    return Reserved(row.id, row.one_of(PROFILES, "profile"), row.text("text"))


def _retired(entry: object) -> Retired:
    row = Row("retired", entry, {"id", "since", "reason"})
    return Retired(row.id, row.one_of(EDITIONS, "since"), row.text("reason"))


def _each_id_once(listed: Listing) -> None:
    times = Counter(entry.id for entry in listed.entries)
    repeated = [id_ for id_ in times if times[id_] > 1]
    retired = {entry.id: entry.since for entry in listed.retired}
    for id_ in repeated:
        if id_ in retired:
            _refuse(f"{id_} is retired since {retired[id_]}, and can not be used again")
    if repeated:
        _refuse(f"there more than once: {', '.join(repeated)}")


def _needs_can_be_met(listed: tuple[Requirement, ...]) -> None:
    by_id = {row.id: row for row in listed}
    for row in listed:
        for id_ in row.needs:
            if id_ not in by_id:
                _refuse(f"{row.id} needs {id_}, which is no requirement")
            if not set(row.editions) <= set(by_id[id_].editions):
                _refuse(f"{row.id} needs {id_}, which not all of its editions ask for")
    try:
        TopologicalSorter({row.id: row.needs for row in listed}).prepare()
    except CycleError as error:
        _refuse(f"they need one another: {', '.join(dict.fromkeys(error.args[1]))}")


def _refuse(why: str) -> NoReturn:
    raise KitError(f"requirement list: {why}")
