"""One mutant before every check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Final

from sidetable_conformance.bench.collecting import quick_collections
from sidetable_conformance.errors import KitError
from sidetable_conformance.mutants import Catch, CorrectTable, Edition, Mutant
from sidetable_conformance.running.session import Session
from sidetable_conformance.verdicts.report import Verdict

from .points import Points, point_of

_BY_SCHEDULE: Final = "isolation.every-interleaving"
_BY_CHANCE: Final = frozenset({"isolation.registration"})
"""What threads find that run as they come. A fault that a schedule shows may show there too, or
not: that is chance, and no part of the matrix."""


def each_caught(
    mutants: Sequence[type[Mutant]], points: Mapping[str, Points], jobs: int = 1
) -> Iterator[Catch]:
    """Yields how each mutant is caught in each of its editions, in order.

    Args:
        mutants: The mutants.
        points: The points of every check, by the id of its requirement.
        jobs: How many processes do it; with 1, this one does.

    Raises:
        KitError: If a check goes wrong over a mutant.
    """
    if jobs == 1:
        for mutant in mutants:
            yield from _all_editions(mutant, points)
        return
    # Anew, because a process that has threads, such as one that shows progress, can not be forked.
    with ProcessPoolExecutor(jobs, get_context("spawn")) as workers:
        for catches in workers.map(partial(_all_editions, points=points), mutants):
            yield from catches


def _all_editions(mutant: type[Mutant], points: Mapping[str, Points]) -> tuple[Catch, ...]:
    with quick_collections():
        return tuple(catch(mutant, edition, points) for edition in mutant.editions)


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
    turned = red(mutant, edition, points, ids, closely={mutant.caught_by, *mutant.also})
    through = turned.pop(mutant.caught_by, "")
    if _BY_SCHEDULE in {mutant.caught_by, *mutant.also}:
        for id_ in _BY_CHANCE - mutant.also:
            turned.pop(id_, None)
    return Catch(mutant.__name__, edition, mutant.caught_by, through, tuple(turned.items()))


def red(
    table: type[CorrectTable],
    edition: Edition,
    points: Mapping[str, Points],
    ids: AbstractSet[str] | None = None,
    *,
    closely: AbstractSet[str] = frozenset(),
) -> dict[str, str]:
    """Returns the requirements that a table does not keep, each with the point that says so.

    Args:
        table: The table.
        edition: The edition that it is made for and judged by.
        points: The points of every check, by the id of its requirement.
        ids: The requirements to judge it by; by default, all that it keeps or should.
        closely: Those of them for which as much is tried as in a run of a user's; for the others
            as little as there is.

    Raises:
        KitError: If a check goes wrong over it.
    """
    session = Session(partial(table, edition), edition=edition, profile=table.profiles)
    turned: dict[str, str] = {}
    for requirement in session.requirements:
        if ids is not None and requirement.id not in ids:
            continue
        budget = "normal" if requirement.id in closely else "none"
        result = session.judge_alone(requirement, budget)
        if result.verdict is Verdict.ERROR:
            where = f"{table.__name__} in edition {edition}"
            raise KitError(
                f"the check of {requirement.id} went wrong over {where}: {result.message}"
            )
        if result.red:
            turned[requirement.id] = point_of(result, points[requirement.id])
    return turned
