"""The verdict on one requirement of profile robust, without those that it needs."""

from __future__ import annotations

from typing import Final

from sidetable_conformance import Session, Verdict

OWN: Final = "2026.11"


def verdict(target: object, id_: str) -> tuple[Verdict, str]:
    """Returns the verdict on one requirement, and what is said about it."""
    session = Session(target, edition=OWN, profile="robust")
    [row] = [row for row in session.requirements if row.id == id_]
    result = session.judge_alone(row)
    return result.verdict, result.message
