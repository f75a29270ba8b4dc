"""What two reports say differently, and what several say side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from sidetable_conformance.verdicts.report import Report
from sidetable_conformance.verdicts.result import Result

from .wording import score

NOT_ASKED: Final = "not asked"
"""What stands for a verdict where there is none."""

_FACTS: Final = ("message", "when", "expected", "seen", "trace", "blocked_by")


@final
@dataclass(frozen=True, slots=True)
class Difference:
    """One requirement of which two reports say different things.

    Attributes:
        id: The requirement's id.
        before: What the first says.
        after: What the second says.
    """

    id: str
    before: str
    after: str


def differences(before: Report, after: Report, *, exact: bool = False) -> tuple[Difference, ...]:
    """Returns the requirements of which two reports give different verdicts.

    Args:
        before: The first report.
        after: The second report.
        exact: Whether it is a difference too if the verdict is the same and what led to it is not.

    Returns:
        The differences, in the order of the first report, and then of the second.

    Example:
        >>> from sidetable_conformance.spec.requirement import Requirement
        >>> from sidetable_conformance.verdicts.result import Verdict
        >>> result = Result(Requirement("area.rule", "MUST", "core", "It is."), Verdict.PASS)
        >>> empty = Report("mine", "2026.11", "core", ())
        >>> differences(empty, Report("mine", "2026.11", "core", (result,)))
        (Difference(id='area.rule', before='not asked', after='pass'),)
    """
    rows = _side_by_side((before, after))
    return tuple(
        found for id_, pair in rows if (found := _difference(id_, *pair, exact=exact)) is not None
    )


def matrix(reports: Sequence[Report]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Returns several reports side by side: the columns, and a row of verdicts for each id.

    The first row says for each what passed of what counts and applies.

    Example:
        >>> matrix([Report("mine", "2026.11", "core", ())])
        (('requirement', 'mine'), (('', 'core 2026.11 0/0'),))
    """
    columns = ("requirement", *(report.target for report in reports))
    rows = (
        (id_, *(NOT_ASKED if result is None else result.verdict.value for result in results))
        for id_, results in _side_by_side(reports)
    )
    return columns, (("", *(score(report) for report in reports)), *rows)


def _side_by_side(
    reports: Sequence[Report],
) -> Iterator[tuple[str, tuple[Result | None, ...]]]:
    by_id = [{result.id: result for result in report.results} for report in reports]
    for id_ in dict.fromkeys(id_ for results in by_id for id_ in results):
        yield id_, tuple(results.get(id_) for results in by_id)


def _difference(
    id_: str, before: Result | None, after: Result | None, *, exact: bool
) -> Difference | None:
    if before is None or after is None or before.verdict is not after.verdict:
        one, other = (NOT_ASKED if row is None else row.verdict.value for row in (before, after))
        return Difference(id_, one, other)
    for name in _FACTS if exact else ():
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            return Difference(id_, f"{name} {one}", f"{name} {other}")
    return None
