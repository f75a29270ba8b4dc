"""Reads the requirement list, and takes nothing in it on trust.

The list is read and validated as a whole, so that a slip in it is an error of the kit and never a
wrong verdict about somebody's implementation.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from typing import Final, NoReturn, TypeGuard

from sidetable_conformance.errors import KitError
from sidetable_conformance.spec.requirement import EDITIONS, PROFILES, Requirement

CAPABILITIES: Final = ("set",)
LEVELS: Final = ("MUST", "SHOULD")
DIFFERENCES: Final = ("opposite", "stricter")

_ID: Final = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*")
_NEEDED: Final = frozenset({"id", "level", "profile", "text"})
_KNOWN: Final = _NEEDED | {
    "capability",
    "causes",
    "difference",
    "edition",
    "editions",
    "example",
    "needs",
    "why",
}


def requirements() -> tuple[Requirement, ...]:
    """Returns the kit's requirements, of every profile, in the order of the list.

    The list is read anew at each call, which takes a few milliseconds.

    Raises:
        KitError: If the list is not valid.

    Example:
        >>> sorted({requirement.area for requirement in requirements()})[:4]
        ['constructor', 'index', 'keep', 'lookup']
    """
    packaged = files("sidetable_conformance").joinpath("requirements.toml")
    return parse_requirements(packaged.read_text(encoding="utf-8"))


def parse_requirements(text: str) -> tuple[Requirement, ...]:
    """Returns the requirements that a TOML text lists, every one validated.

    Args:
        text: A list in the form that the head of `requirements.toml` describes.

    Returns:
        The requirements in the order of the text.

    Raises:
        KitError: If the text is not TOML, is of another schema or empty, or an entry is
            incomplete, contradicts itself, or has an id that is malformed or there twice.

    Example:
        >>> parse_requirements("schema = 2")
        Traceback (most recent call last):
        sidetable_conformance.KitError: requirement list: schema is not 1
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KitError(f"requirement list: {error}") from error
    if document.get("schema") != 1:
        _refuse("requirement list", "schema is not 1")
    rows: object = document.get("requirement")
    if not _is_list(rows) or not rows:
        _refuse("requirement list", "there is no requirement in it")
    listed = tuple(_requirement(row) for row in rows)
    repeated = [id_ for id_, times in Counter(row.id for row in listed).items() if times > 1]
    if repeated:
        _refuse("requirement list", f"there more than once: {', '.join(repeated)}")
    before: set[str] = set()
    for row in listed:
        if early := sorted(set(row.needs) - before):
            _refuse(f"requirement {row.id}", f"it needs what is not before it: {', '.join(early)}")
        before.add(row.id)
    return listed


def _requirement(row: object) -> Requirement:
    if not _is_table(row):
        _refuse("requirement list", "an entry is not a table")
    where = f"requirement {row.get('id', 'without an id')}"
    if unknown := row.keys() - _KNOWN:
        _refuse(where, f"unknown: {', '.join(sorted(unknown))}")
    if missing := _NEEDED - row.keys():
        _refuse(where, f"missing: {', '.join(sorted(missing))}")
    requirement = Requirement(
        id=_text(row, "id", where),
        level=_one_of(LEVELS, row, "level", where),
        profile=_one_of(PROFILES, row, "profile", where),
        text=_text(row, "text", where),
        editions=_editions(row, where),
        edition_texts=_edition_texts(row, where),
        difference=_one_of(DIFFERENCES, row, "difference", where) if "difference" in row else "",
        capability=_one_of(CAPABILITIES, row, "capability", where) if "capability" in row else "",
        needs=_texts(row, "needs", where),
        why=_text(row, "why", where) if "why" in row else "",
        example=_text(row, "example", where) if "example" in row else "",
        causes=_texts(row, "causes", where),
    )
    if not _ID.fullmatch(requirement.id):
        _refuse(where, "its id is not of the form area.rule")
    said = {name for name, _ in requirement.edition_texts}
    if bool(requirement.difference) != bool(said):
        _refuse(where, "a difference needs a text for each edition, and these a difference")
    if said and said != set(requirement.editions):
        _refuse(where, "some of its editions have a text and some have none")
    return requirement


def _text(row: Mapping[str, object], key: str, where: str) -> str:
    text = row[key]
    if not isinstance(text, str) or not text.strip():
        _refuse(where, f"{key} is not a text")
    return text


def _texts(row: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    listed = row.get(key, [])
    if not _is_list(listed) or not all(isinstance(text, str) and text.strip() for text in listed):
        _refuse(where, f"{key} is not a list of texts")
    return tuple(str(text) for text in listed)


def _one_of(choices: tuple[str, ...], row: Mapping[str, object], key: str, where: str) -> str:
    text = _text(row, key, where)
    if text not in choices:
        _refuse(where, f"{key} is {text!r}, which is none of {', '.join(choices)}")
    return text


def _editions(row: Mapping[str, object], where: str) -> tuple[str, ...]:
    named = row.get("editions", list(EDITIONS))
    if not _is_list(named) or not named:
        _refuse(where, "editions is not a list of editions")
    if unknown := [str(edition) for edition in named if edition not in EDITIONS]:
        _refuse(where, f"there is no edition {', '.join(unknown)}")
    return tuple(edition for edition in EDITIONS if edition in named)


def _edition_texts(row: Mapping[str, object], where: str) -> tuple[tuple[str, str], ...]:
    texts = row.get("edition", {})
    if not _is_table(texts):
        _refuse(where, "edition is not a table")
    return tuple((edition, _text(texts, edition, where)) for edition in texts)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)  # with keys that are texts: it was read from TOML


def _refuse(where: str, why: str) -> NoReturn:
    raise KitError(f"{where}: {why}")
