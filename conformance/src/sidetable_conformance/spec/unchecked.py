"""Ids that have no check: rules that none can see, that are to come, and that are gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, slots=True)
class Excluded:
    """A rule that is not asked, because nobody can see from outside whether it is kept.

    Attributes:
        id: Its name, as a requirement has one; never used for something else.
        text: The rule.
        reason: Why it can not be seen, and what is asked in its place.
    """

    id: str
    text: str
    reason: str


@final
@dataclass(frozen=True, slots=True)
class Reserved:
    """A rule that will be asked once there is a check for it.

    Attributes:
        id: Its name, as the requirement will have it.
        profile: The group of requirements that it will belong to.
        text: The rule.
    """

    id: str
    profile: str
    text: str


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
