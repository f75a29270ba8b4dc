"""What is known to fail, and what a run says of that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, final

from sidetable_conformance.verdicts.report import Report
from sidetable_conformance.verdicts.result import Result, Verdict

_GONE: Final = MappingProxyType(
    {Verdict.PASS: "passes now", Verdict.NOT_APPLICABLE: "does not apply to the target"}
)
_NOT_FAILURES: Final = (*_GONE, Verdict.ERROR)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@final
@dataclass(frozen=True, slots=True)
class KnownFailure:
    """One requirement that is known to fail.

    Attributes:
        id: The requirement's id.
        kind: `known-bug`, `by-design` or `future`.
        reason: Why it fails.
        issue: Where that is being followed, or "".
        edition: The edition in which it fails, or "" for every one.
    """

    id: str
    kind: str
    reason: str
    issue: str = ""
    edition: str = ""


@final
@dataclass(frozen=True, slots=True)
class KnownFailures:
    """What a file of known failures says.

    Attributes:
        entries: The known failures, in the order of the file.

    Example:
        >>> known = KnownFailures((KnownFailure("store.large", "future", "Never needed."),))
        >>> known.stale(Report("mine", "2026.11", "core", ()), {"store.large"})
        ()
    """

    entries: tuple[KnownFailure, ...] = ()

    def listed(self, id_: str, edition: str) -> KnownFailure | None:
        """Returns what is known of a requirement in an edition."""
        for entry in self.entries:
            if entry.id == id_ and entry.edition in ("", edition):
                return entry
        return None

    def marked(
        self, result: Result, edition: str, blocked_by: Mapping[str, str] = _NOTHING
    ) -> Result:
        """Returns a result with what is known of it; one that is not listed is as it was.

        What is blocked by a known failure is known with it. A fault of the kit never is.

        Args:
            result: What came of one requirement.
            edition: The edition that it was judged by.
            blocked_by: For other requirements that are blocked, what blocks them.
        """
        if result.verdict in _NOT_FAILURES:
            return result
        entry = self.listed(result.id, edition)
        blocker = result.blocked_by
        while entry is None and blocker:
            entry = self.listed(blocker, edition)
            blocker = blocked_by.get(blocker, "")
        if entry is None:
            return result
        return replace(result, known=entry.kind, reason=entry.reason, issue=entry.issue)

    def applied(self, report: Report) -> Report:
        """Returns a report with what is known of its results."""
        blocked_by = {result.id: result.blocked_by for result in report.results}
        return replace(
            report,
            results=tuple(
                self.marked(result, report.edition, blocked_by) for result in report.results
            ),
        )

    def stale(self, report: Report, ids: Collection[str]) -> tuple[str, ...]:
        """Returns what is out of date, a sentence for each; nothing where all is as it says.

        Args:
            report: What a run found.
            ids: Every requirement that there is.
        """
        unknown = (entry.id for entry in self.entries if entry.id not in ids)
        return (
            *(f"there is no requirement {id_}" for id_ in _once(unknown)),
            *(
                f"{result.id} {_GONE[result.verdict]}"
                for result in report.results
                if result.verdict in _GONE and self.listed(result.id, report.edition)
            ),
        )


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
