"""Compares the requirement list with an edition that was frozen."""

from __future__ import annotations

from .editions import FrozenEdition, FrozenRule
from .listing import Listing
from .requirement import EDITIONS, Requirement


def departures(edition: FrozenEdition, listed: Listing) -> tuple[str, ...]:
    """Returns how a list departs from an edition, a sentence for each way.

    Args:
        edition: The edition as it was frozen.
        listed: Every id that there is now.

    Returns:
        A sentence for each id that is lost, asked in other words or used for something else;
        nothing where the list still asks what it asked when the edition was frozen.

    Example:
        >>> rule = FrozenRule("area.rule", "core", "MUST", "Something is asked.")
        >>> departures(FrozenEdition("2026.11", (rule,)), Listing(()))
        ('2026.11 asks area.rule, which is no longer listed: retire an id, never remove it',)
    """
    rows = {row.id: row for row in listed.requirements}
    found: list[str] = []
    for rule in edition.rules:
        if rule.id in rows:
            how = _changed(rule, rows[rule.id], edition.name)
        else:
            how = _gone(rule, listed, edition.name)
        if how:
            found.append(f"{edition.name} asks {rule.id}{how}")
    return tuple(found)


def _changed(rule: FrozenRule, row: Requirement, edition: str) -> str:
    if edition not in row.editions:
        return f", which is now asked by {', '.join(row.editions)} only"
    if (row.profile, row.level) != (rule.profile, rule.level):
        return f" as a {rule.level} of {rule.profile}, and it is now a {row.level} of {row.profile}"
    if row.sentence(edition) != rule.sentence:
        return f" in other words: frozen are {rule.sentence!r}"
    return ""


def _gone(rule: FrozenRule, listed: Listing, edition: str) -> str:
    if since := {row.id: row.since for row in listed.retired}.get(rule.id, ""):
        # An edition that was frozen before keeps its words, and the id stays taken.
        earlier = EDITIONS.index(edition) < EDITIONS.index(since)
        return "" if earlier else f", which is retired since {since}"
    if any(entry.id == rule.id for entry in listed.entries):
        return ", which is now excluded or reserved"
    return ", which is no longer listed: retire an id, never remove it"
