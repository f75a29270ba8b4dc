"""Traces every id to what came of it in real runs, so that none is asked and never tested."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final

from .listing import Listing

JUDGED: Final = frozenset({"pass", "fail"})
"""The verdicts for which a check has to have seen something."""


@final
class State(StrEnum):
    """What became of an id.

    Attributes:
        TESTED: A run passed or failed it.
        EXCLUDED: It is a rule that nobody can see from outside.
        RESERVED: It is to come.
        RETIRED: It is no longer asked.
        UNTESTED: It is asked, and no run passed or failed it.
        UNEXPECTED: A run judged it, and it is no requirement.
    """

    TESTED = "tested"
    EXCLUDED = "excluded"
    RESERVED = "reserved"
    RETIRED = "retired"
    UNTESTED = "untested"
    UNEXPECTED = "unexpected"


@final
@dataclass(frozen=True, slots=True)
class Traced:
    """One id, and what became of it.

    Attributes:
        id: The id.
        state: What became of it.
        detail: Its verdicts, or the reason for having none.
    """

    id: str
    state: State
    detail: str

    @property
    def wrong(self) -> bool:
        """Whether the list and the runs contradict each other here."""
        return self.state in (State.UNTESTED, State.UNEXPECTED)


def trace(listed: Listing, verdicts: Mapping[str, AbstractSet[str]]) -> tuple[Traced, ...]:
    """Returns what became of every id, in the order of the list.

    Args:
        listed: Every id that there is.
        verdicts: What runs said of each id that they emitted.

    Returns:
        A row for each id that is listed, and after them one for each that only a run has.

    Example:
        >>> [row] = trace(Listing(()), {"area.rule": {"pass"}})
        >>> row.state.value, row.detail
        ('unexpected', 'not listed: pass')
    """
    rows = [_asked(row.id, verdicts.get(row.id, frozenset())) for row in listed.requirements]
    others = [
        *((row.id, State.EXCLUDED, row.reason) for row in listed.excluded),
        *((row.id, State.RESERVED, f"profile {row.profile}") for row in listed.reserved),
        *((row.id, State.RETIRED, f"since {row.since}: {row.reason}") for row in listed.retired),
    ]
    for id_, state, detail in others:
        if id_ in verdicts:
            said = f"{state}, and yet judged: {_said(verdicts[id_])}"
            rows.append(Traced(id_, State.UNEXPECTED, said))
        else:
            rows.append(Traced(id_, state, detail))
    unlisted = sorted(verdicts.keys() - {row.id for row in rows})
    rows += [
        Traced(id_, State.UNEXPECTED, f"not listed: {_said(verdicts[id_])}") for id_ in unlisted
    ]
    return tuple(rows)


def _asked(id_: str, verdicts: AbstractSet[str]) -> Traced:
    if verdicts & JUDGED:
        return Traced(id_, State.TESTED, _said(verdicts))
    reason = f"only {_said(verdicts)}" if verdicts else "in no report"
    return Traced(id_, State.UNTESTED, reason)


def _said(verdicts: AbstractSet[str]) -> str:
    return ", ".join(sorted(verdicts))
