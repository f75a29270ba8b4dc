"""One mutant before every check."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import partial

from sidetable_conformance.errors import KitError
from sidetable_conformance.mutants import Catch, CorrectTable, Edition, Mutant
from sidetable_conformance.running.session import Session
from sidetable_conformance.verdicts.report import Verdict

from .points import Points, point_of


def catch(
    mutant: type[Mutant],
    edition: Edition,
    points: Mapping[str, Points],
    ids: AbstractSet[str] | None = None,
) -> Catch:
    """Returns how a mutant is caught, judged by every check alone, whatever each of them needs.

    Args:
        mutant: The mutant.
        edition: The edition that it is made for and judged by.
        points: The points of every check, by the id of its requirement.
        ids: The requirements to judge it by; by default, all that the edition asks in the
            profiles that its parent keeps.

    Raises:
        KitError: If a check goes wrong over it.
    """
    turned = red(mutant, edition, points, ids)
    through = turned.pop(mutant.caught_by, "")
    return Catch(mutant.__name__, edition, mutant.caught_by, through, tuple(turned.items()))


def red(
    table: type[CorrectTable],
    edition: Edition,
    points: Mapping[str, Points],
    ids: AbstractSet[str] | None = None,
) -> dict[str, str]:
    """Returns the requirements that a table does not keep, each with the point that says so.

    Raises:
        KitError: If a check goes wrong over it.
    """
    session = Session(partial(table, edition), edition=edition, profile=table.profiles)
    turned: dict[str, str] = {}
    for requirement in session.requirements:
        if ids is not None and requirement.id not in ids:
            continue
        result = session.judge_alone(requirement)
        if result.verdict is Verdict.ERROR:
            where = f"{table.__name__} in edition {edition}"
            raise KitError(
                f"the check of {requirement.id} went wrong over {where}: {result.message}"
            )
        if result.red:
            turned[requirement.id] = point_of(result, points[requirement.id])
    return turned
