"""The verdicts of one run, and what they say of the target as a whole."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, final

from .header import Header as Header
from .result import Result as Result
from .result import Verdict as Verdict

SCHEMA: Final = 1
"""The version of the documents that `Report.to_json` writes."""


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
        header: The circumstances of the run.
    """

    target: str
    edition: str
    profile: str
    results: tuple[Result, ...]
    strict: bool = False
    header: Header = field(default_factory=Header)

    @property
    def failed(self) -> tuple[str, ...]:
        """The ids of the requirements that failed, in the order of the list."""
        return tuple(row.id for row in self.results if row.verdict is Verdict.FAIL)

    @property
    def errors(self) -> tuple[str, ...]:
        """The ids of the requirements whose check went wrong."""
        return tuple(row.id for row in self.results if row.verdict is Verdict.ERROR)

    @property
    def known(self) -> tuple[str, ...]:
        """The ids of the requirements that are known to fail, and do."""
        return tuple(row.id for row in self.results if row.known)

    def counts(self, result: Result) -> bool:
        """Tells whether a result keeps the report from being conformant.

        What came after the edition was frozen never does, and what can not be tested on this
        interpreter does only in a strict report.
        """
        return result.scored and (
            result.verdict is Verdict.ERROR
            or (result.requirement.level == "MUST" and result.red)
            or (self.strict and result.verdict is Verdict.NOT_TESTABLE)
        )

    @property
    def conformant(self) -> bool:
        """Whether every MUST that applies passed, and no check went wrong.

        A MUST that is known to fail has not passed.

        Example:
            >>> Report("mine", "2026.11", "core", ()).conformant
            True
        """
        return not any(self.counts(row) for row in self.results)

    @property
    def as_known(self) -> bool:
        """Whether nothing but known failures keeps it from being conformant.

        Example:
            >>> Report("mine", "2026.11", "core", ()).as_known
            True
        """
        return not any(self.counts(row) and not row.known for row in self.results)

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
        """Returns the report as JSON text, the same bytes for the same run.

        Returns:
            One object in ASCII, of the schema that the kit has as `reports/schema/report-1.json`:
            what was judged and under which circumstances, `results`, and a `footer` with their
            number and the digest of all that stands before it.

        Example:
            >>> import json
            >>> document = json.loads(Report("mine", "2026.11", "core", ()).to_json())
            >>> document["schema"], document["footer"]["results"]
            (1, 0)
        """
        document: dict[str, object] = {
            "schema": SCHEMA,
            "target": self.target,
            "edition": self.edition,
            "profile": self.profile,
            "strict": self.strict,
            "conformant": self.conformant,
            "summary": self.summary,
            "header": self.header.rows(),
            "results": [result.row(self.edition) for result in self.results],
        }
        document["footer"] = {"results": len(self.results), "sha256": digest_of(document)}
        return json.dumps(document, indent=2) + "\n"


def digest_of(document: Mapping[str, object]) -> str:
    """Returns the SHA-256 of a document, the same however its keys are ordered and laid out.

    Args:
        document: What JSON can hold; its `footer`, if it has one, is left out.

    Example:
        >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1, "footer": {}})
        True
    """
    content = {key: value for key, value in document.items() if key != "footer"}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
