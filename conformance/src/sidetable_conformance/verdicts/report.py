"""What a run found, as values that keep nothing of the target alive."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import final

from sidetable_conformance.spec.requirement import Requirement


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
        fact: For a failure, the kind of fact that did not hold, and at which line of the check.
        counts: How often each kind of fact was seen to hold, in the order of their names.
        blocked_by: The requirement that is not kept, where that is why nothing can be said.
    """

    requirement: Requirement
    verdict: Verdict
    message: str = ""
    when: str = ""
    expected: str = ""
    seen: str = ""
    fact: tuple[int, str] = (0, "")
    counts: tuple[tuple[str, int], ...] = ()
    blocked_by: str = ""

    @property
    def red(self) -> bool:
        """Whether it keeps a report from being conformant, if it is about a MUST."""
        return self.verdict in (Verdict.FAIL, Verdict.VACUOUS, Verdict.BLOCKED, Verdict.ERROR)

    @property
    def id(self) -> str:
        """The requirement's id."""
        return self.requirement.id


@final
@dataclass(frozen=True, slots=True)
class Report:
    """The verdicts of one run.

    Attributes:
        target: What was judged, by the name that it was found by.
        edition: The edition that it was judged by.
        profile: The group of requirements.
        results: One result for each requirement, in the order of the list.
        strict: Whether what can not be tested here counts as not conformant.
    """

    target: str
    edition: str
    profile: str
    results: tuple[Result, ...]
    strict: bool = False

    @property
    def failed(self) -> tuple[str, ...]:
        """The ids of the requirements that failed, in the order of the list."""
        return tuple(row.id for row in self.results if row.verdict is Verdict.FAIL)

    @property
    def errors(self) -> tuple[str, ...]:
        """The ids of the requirements whose check went wrong."""
        return tuple(row.id for row in self.results if row.verdict is Verdict.ERROR)

    @property
    def conformant(self) -> bool:
        """Whether every MUST that applies passed, and no check went wrong.

        What can not be tested on this interpreter counts only in a strict report.

        Example:
            >>> Report("mine", "2026.11", "core", ()).conformant
            True
        """
        return not any(
            row.verdict is Verdict.ERROR
            or (row.requirement.level == "MUST" and row.red)
            or (self.strict and row.verdict is Verdict.NOT_TESTABLE)
            for row in self.results
        )

    @property
    def summary(self) -> dict[str, int]:
        """How many requirements there are of each verdict, every verdict included.

        Example:
            >>> Report("mine", "2026.11", "core", ()).summary
            {'pass': 0, 'fail': 0, 'vacuous': 0, 'blocked': 0, 'not-testable': 0, \
'not-applicable': 0, 'error': 0}
        """
        counted = Counter(row.verdict for row in self.results)
        return {verdict.value: counted[verdict] for verdict in Verdict}

    def to_json(self) -> str:
        """Returns the report as JSON text, the same for the same verdicts.

        Returns:
            One object in ASCII: `schema` (1), `target`, `edition`, `profile`, `conformant`,
            `summary`, and `results` with `id`, `level`, `verdict` and `message`; a failure also
            has `when`, `expected` and `seen`.

        Example:
            >>> import json
            >>> json.loads(Report("mine", "2026.11", "core", ()).to_json())["schema"]
            1
        """
        document = {
            "schema": 1,
            "target": self.target,
            "edition": self.edition,
            "profile": self.profile,
            "conformant": self.conformant,
            "summary": self.summary,
            "results": [_row(result) for result in self.results],
        }
        return json.dumps(document, indent=2) + "\n"


def _row(result: Result) -> dict[str, str]:
    row = {
        "id": result.id,
        "level": result.requirement.level,
        "verdict": result.verdict.value,
        "message": result.message,
    }
    if result.verdict is Verdict.FAIL:
        row |= {"when": result.when, "expected": result.expected, "seen": result.seen}
    return row
