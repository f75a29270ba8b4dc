"""The kit's strength, proved by running every mutant before every check."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from sidetable_conformance.bench.collecting import quick_collections
from sidetable_conformance.mutants import (
    MUTANTS,
    PARENTS,
    Catch,
    CorrectTable,
    Mutant,
    Strength,
    kill_matrix,
)
from sidetable_conformance.spec.listing import requirements
from sidetable_conformance.spec.requirement import profiles_in

from .catching import each_caught, red
from .findings import not_as_said, not_the_file, without_mutant, without_use
from .points import Points, all_points


@final
@dataclass(frozen=True, slots=True)
class Proof:
    """What came of it.

    Attributes:
        catches: How every mutant was caught in each of its editions.
        points: The names of the points of every check, by the id of its requirement.
        findings: What is wrong with the kit, a sentence each; none if it is as strong as it says.
        stale: Where the matrix in the file is not this one, a sentence each.
    """

    catches: tuple[Catch, ...]
    points: tuple[tuple[str, tuple[str, ...]], ...]
    findings: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def strength(self) -> Strength:
        """How many faults were caught."""
        return Strength.of(self.catches)

    @property
    def holds(self) -> bool:
        """Whether the kit is as strong as it says, and its file says so."""
        return not (self.findings or self.stale)

    def to_json(self) -> str:
        """Returns it as JSON text, the same for the same proof.

        Example:
            >>> import json
            >>> json.loads(Proof((), (), (), ()).to_json())["strength"]
            '0 of 0 faults caught'
        """
        document = {
            "schema": 1,
            "strength": str(self.strength),
            "holds": self.holds,
            "findings": [*self.findings, *self.stale],
            "points": dict(self.points),
            "catches": [each.row() for each in self.catches],
        }
        return json.dumps(document, indent=2) + "\n"


def prove(
    mutants: Sequence[type[Mutant]] = MUTANTS,
    caught: Callable[[Catch], object] | None = None,
    jobs: int = 1,
) -> Proof:
    """Returns whether every mutant is caught by its own requirement, and how.

    Judges each mutant in each of its editions by every check of the profiles that its parent
    keeps, and the parent too. For all mutants that takes some minutes of one processor.

    Args:
        mutants: The mutants. What is asked of the whole matrix is asked only of all of them.
        caught: Called with each catch as soon as it is known, in the order of the mutants.
        jobs: How many processes do the work.

    Raises:
        KitError: If a check goes wrong over a mutant.

    Example:
        >>> from sidetable_conformance.mutants import MUTANTS
        >>> proof = prove([mutant for mutant in MUTANTS if mutant.__name__ == "DeadIsNone"])
        >>> proof.holds, str(proof.strength)
        (True, '2 of 2 faults caught')
    """
    catches: list[Catch] = []
    with quick_collections():
        kept = {mutant.profiles for mutant in mutants}
        points = all_points({profile for each in kept for profile in profiles_in(each)})
        parents = [parent for parent in PARENTS if parent.profiles in kept]
        findings = tuple(fault for parent in parents for fault in faults_of(parent, points))
        for found in each_caught(mutants, points, jobs):
            catches.append(found)
            if caught is not None:
                caught(found)
    return conclude(mutants, points, catches, findings)


def conclude(
    mutants: Sequence[type[Mutant]],
    points: Mapping[str, Points],
    catches: Sequence[Catch],
    findings: Iterable[str] = (),
) -> Proof:
    """Returns what a matrix proves.

    Args:
        mutants: The mutants that it is of.
        points: The points of every check, by the id of its requirement.
        catches: How the mutants were caught.
        findings: What is known to be wrong already.
    """
    found = [*findings]
    names = {mutant.__name__ for mutant in mutants}
    for mutant in mutants:
        found += not_as_said(mutant, [each for each in catches if each.mutant == mutant.__name__])
    committed = kill_matrix()
    if names == {mutant.__name__ for mutant in MUTANTS}:
        found += without_mutant(requirements(), catches)
        found += without_use(points, catches)
    else:
        committed = tuple(each for each in committed if each.mutant in names)
    named = tuple((id_, tuple(among.values())) for id_, among in points.items())
    return Proof(tuple(catches), named, tuple(found), tuple(not_the_file(committed, catches)))


def faults_of(parent: type[CorrectTable], points: Mapping[str, Points]) -> Iterator[str]:
    """Yields where the table that mutants are children of is not right itself."""
    for edition in parent.editions:
        for id_, point in red(parent, edition, points, closely=points.keys()).items():
            yield f"{parent.__name__} turns {id_} red in edition {edition}, through {point!r}"
