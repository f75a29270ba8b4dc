"""What came of one requirement, as a value that keeps nothing of the target alive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final

from sidetable_conformance.spec.requirement import Requirement

KINDS: Final = ("known-bug", "by-design", "future")
"""Why a requirement may be known to fail."""


@final
class Verdict(StrEnum):
    """What came of one requirement.

    Attributes:
        PASS: The implementation does what is asked, and the check has seen it do so.
        FAIL: It does not.
        VACUOUS: Nothing failed, but what the requirement is about never happened.
        BLOCKED: A requirement that this one needs is not kept, so nothing can be said.
        NOT_TESTABLE: What the check has to see can not be seen on this interpreter.
        NOT_APPLICABLE: The requirement is about a capability that the target does not have.
        ERROR: The check itself went wrong; nothing is said about the implementation.
    """

    PASS = "pass"  # noqa: S105  # a verdict
    FAIL = "fail"
    VACUOUS = "vacuous"
    BLOCKED = "blocked"
    NOT_TESTABLE = "not-testable"
    NOT_APPLICABLE = "not-applicable"
    ERROR = "error"


@final
@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one requirement, and what led to it.

    Attributes:
        requirement: What was asked.
        verdict: What came of it.
        message: Why, in one line; "" for a pass.
        when: For a failure, what was done.
        expected: For a failure, what should have happened.
        seen: For a failure, what happened.
        fact: For a failure, the lines of the check that led to it, and the kind of fact that did
            not hold: one of the bench's, or `called` and the operation that raised.
        counts: How often each kind of fact was seen to hold, in the order of their names.
        blocked_by: The requirement that is not kept, where that is why nothing can be said.
        trace: For a failure, the fewest steps that show it, a text for each.
        script: For a failure, a program that imports only the target and shows it again.
        scored: Whether the edition had the requirement when it was frozen. What came later is
            judged, and does not count.
        known: The kind of known failure that it is (`KINDS`), or "".
        reason: Why it is known to fail, as the file of known failures says.
        issue: Where that is being followed, as the file says.
    """

    requirement: Requirement
    verdict: Verdict
    message: str = ""
    when: str = ""
    expected: str = ""
    seen: str = ""
    fact: tuple[tuple[int, ...], str] = ((), "")
    counts: tuple[tuple[str, int], ...] = ()
    blocked_by: str = ""
    trace: tuple[str, ...] = ()
    script: str = ""
    scored: bool = True
    known: str = ""
    reason: str = ""
    issue: str = ""

    @property
    def red(self) -> bool:
        """Whether it keeps a report from being conformant, if it is about a MUST."""
        return self.verdict in (Verdict.FAIL, Verdict.VACUOUS, Verdict.BLOCKED, Verdict.ERROR)

    @property
    def id(self) -> str:
        """The requirement's id."""
        return self.requirement.id

    def row(self, edition: str) -> dict[str, object]:
        """Returns what a document says of it; what is empty is left out.

        Args:
            edition: The edition in whose words the requirement is quoted.

        Example:
            >>> asked = Requirement("area.rule", "MUST", "core", "Something is asked.")
            >>> row = Result(asked, Verdict.PASS, counts=(("found", 2),)).row("2026.11")
            >>> row["id"], row["verdict"], row["counts"]
            ('area.rule', 'pass', {'found': 2})
        """
        row: dict[str, object] = {
            "id": self.id,
            "level": self.requirement.level,
            "sentence": self.requirement.sentence(edition),
            "verdict": self.verdict.value,
            "message": self.message,
            "counts": dict(self.counts),
        }
        if self.verdict is Verdict.FAIL:
            row |= {"when": self.when, "expected": self.expected, "seen": self.seen}
        if self.trace:
            row["trace"] = list(self.trace)
        if self.script:
            row["script"] = self.script
        if self.blocked_by:
            row["blocked_by"] = self.blocked_by
        if not self.scored:
            row["scored"] = False
        if self.known:
            row["known"] = {"kind": self.known, "reason": self.reason, "issue": self.issue}
        return row
