"""Reads a file of known failures, and takes nothing in it on trust."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Final

from sidetable_conformance.errors import InputError
from sidetable_conformance.spec.requirement import EDITIONS
from sidetable_conformance.verdicts.fields import Fields
from sidetable_conformance.verdicts.result import KINDS
from sidetable_source.errors import printable

from .failures import KnownFailure, KnownFailures

UNFINISHED: Final = "TODO"
"""How a reason begins that somebody has still to write."""

_ENTRY: Final = frozenset({"issue", "kind", "reason"})


def read_known(
    text: str, name: str = "known failures", *, unfinished: bool = False
) -> KnownFailures:
    """Returns what a file of known failures says.

    Args:
        text: TOML, with a table `known` of ids, and in a table `edition`, for an edition, the
            same for what fails in that edition only. An entry has a `reason`, a `kind` and, if
            there is one, an `issue`.
        name: What to call it where it can not be used.
        unfinished: Whether reasons may still have to be written.

    Raises:
        InputError: If it is not of that form, lacks a reason, or says something twice.

    Example:
        >>> known = read_known('''
        ... [known."store.large"]
        ... kind = "by-design"
        ... reason = "It holds 1,024 objects at most."
        ...
        ... [edition."2026.11".known."store.failure"]
        ... kind = "known-bug"
        ... reason = "A store clears first."
        ... ''')
        >>> [(entry.id, entry.edition) for entry in known.entries]
        [('store.large', ''), ('store.failure', '2026.11')]
    """
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(name, f"it is not TOML: {printable(str(error))}") from error
    document = Fields(content, "the file", name)
    _only(document, ("known", "edition"), name)
    entries = [*_entries(document, "", name)]
    if "edition" in document:
        editions = document.part("edition")
        _only(editions, EDITIONS, name)
        for edition in editions.content:
            part = editions.part(edition)
            _only(part, ("known",), name)
            entries += _entries(part, edition, name)
    everywhere = Counter(entry.id for entry in entries)
    if twice := sorted({e.id for e in entries if not e.edition and everywhere[e.id] > 1}):
        reason = f"{', '.join(twice)} is there for every edition and for one of them"
        raise InputError(name, reason)
    if not unfinished and (todo := [entry.id for entry in entries if has_no_reason(entry)]):
        raise InputError(name, f"say the reason why it fails of {', '.join(todo)}")
    return KnownFailures(tuple(entries))


def has_no_reason(entry: KnownFailure) -> bool:
    """Tells whether somebody has still to write why it fails.

    Example:
        >>> has_no_reason(KnownFailure("store.large", "future", "TODO: say why it fails"))
        True
    """
    return not entry.reason or entry.reason.upper().startswith(UNFINISHED)


def _entries(document: Fields, edition: str, name: str) -> Iterator[KnownFailure]:
    if "known" not in document:
        return
    listed = document.part("known")
    for id_ in listed.ids():
        entry = listed.part(id_)
        _only(entry, _ENTRY, name)
        yield KnownFailure(
            id=id_,
            kind=entry.one_of("kind", KINDS),
            reason=entry.text("reason").strip(),
            issue=entry.text("issue", ""),
            edition=edition,
        )


def _only(part: Fields, choices: tuple[str, ...] | frozenset[str], name: str) -> None:
    if unknown := [printable(key) for key in part.content if key not in choices]:
        allowed = ", ".join(sorted(choices))
        raise InputError(name, f"it has {', '.join(unknown)}, where only {allowed} may stand")
