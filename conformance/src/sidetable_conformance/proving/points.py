"""The points of a check: its assertions, named so that a mutant can say which one it meets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.bench.check import Check, code_of
from sidetable_conformance.bench.places import Place
from sidetable_conformance.checks import CHECKS
from sidetable_conformance.mutants import CorrectTable, Edition, Mutant, parent_of
from sidetable_conformance.spec.listing import requirements
from sidetable_conformance.spec.requirement import PROFILES
from sidetable_conformance.targets.target import open_target
from sidetable_conformance.verdicts.report import Result, Verdict

Points: TypeAlias = Mapping[tuple[Place, str], str]
"""The name of each point of a check, by its place and the kind of fact that it requires."""

NO_POINT: Final = "none of its points"
"""What stands for a failure at a place where nothing was ever seen to hold."""


def points_of(
    check: Check,
    parent: type[CorrectTable] = CorrectTable,
    editions: Sequence[Edition] = Mutant.editions,
) -> Points:
    """Returns the points of a check: where it sees a fact on a correct table, in any edition.

    An assertion that the correct table never comes to is not among them: nothing shows that it
    could hold.
    """
    seen: set[tuple[Place, str]] = set()
    for edition in editions:
        bench = Bench(open_target(partial(parent, edition)), edition, code_of(check))
        check(bench)
        bench.clear()
        seen.update(bench.places)
    return name_points(seen)


def name_points(places: Iterable[tuple[Place, str]]) -> Points:
    """Returns a name for each place: its kind of fact, and the rank among those of that kind.

    Example:
        >>> name_points([((9,), "found"), ((7,), "found"), ((8,), "dead")])[(9,), "found"]
        'found 2'
    """
    ranks: Counter[str] = Counter()
    names: dict[tuple[Place, str], str] = {}
    for place, fact in sorted(places):
        ranks[fact] += 1
        names[place, fact] = fact if ranks[fact] == 1 else f"{fact} {ranks[fact]}"
    return names


def all_points(profiles: Collection[str] = PROFILES) -> Mapping[str, Points]:
    """Returns the points of every check of some profiles, by the id of its requirement."""
    return {
        row.id: points_of(
            CHECKS[row.id],
            parent_of(row.profile),
            [edition for edition in Mutant.editions if edition in row.editions],
        )
        for row in requirements()
        if row.profile in profiles
    }


def point_of(result: Result, points: Points) -> str:
    """Returns the point at which a requirement turned red.

    A failure that came out of an operation instead is named for that operation, and a check that
    saw nothing of what it is about is `vacuous`.
    """
    if result.verdict is Verdict.VACUOUS:
        return Verdict.VACUOUS.value
    fact = result.fact[1]
    return fact if fact.startswith("called ") else points.get(result.fact, NO_POINT)
