"""What can be wrong with a kill matrix, each as a rule that returns what breaks it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sidetable_conformance.mutants import Catch, Mutant
from sidetable_conformance.spec.requirement import Requirement

from .points import Points


def not_as_said(mutant: type[Mutant], catches: Iterable[Catch]) -> Iterator[str]:
    """Yields where a mutant was not caught as it says: by its id, its point, and no other id.

    Args:
        mutant: The mutant.
        catches: How it was caught, in each of its editions.
    """
    also: set[str] = set()
    for catch in catches:
        where = f"{mutant.__name__} in edition {catch.edition}"
        expected = mutant.point(catch.edition)
        if not catch.through:
            yield f"{where} is not caught by {mutant.caught_by}"
        elif catch.through != expected:
            yield f"{where} is caught through {catch.through!r}, and says {expected!r}"
        turned = {id_ for id_, _ in catch.also}
        also |= turned
        if others := sorted(turned - mutant.also):
            yield f"{where} turns others red than it lists: {', '.join(others)}"
    if untrue := sorted(mutant.also - also):
        yield f"{mutant.__name__} turns none of these red, which it lists: {', '.join(untrue)}"


def without_mutant(listed: Iterable[Requirement], catches: Iterable[Catch]) -> Iterator[str]:
    """Yields the requirements that no mutant breaks, in each edition that asks for them."""
    broken = {(catch.caught_by, catch.edition) for catch in catches}
    for requirement in listed:
        for edition in requirement.editions:
            if (requirement.id, edition) not in broken:
                yield f"no mutant breaks {requirement.id} in edition {edition}"


def without_use(points: Mapping[str, Points], catches: Iterable[Catch]) -> Iterator[str]:
    """Yields the points that catch nothing.

    If there are none, no assertion can go unnoticed: without it, the last point of its kind is
    called like the one before, and what was caught there is caught elsewhere or not at all.
    """
    used: defaultdict[str, set[str]] = defaultdict(set)
    for catch in catches:
        for id_, point in ((catch.caught_by, catch.through), *catch.also):
            used[id_].add(point)
    for id_, names in points.items():
        if idle := sorted(set(names.values()) - used[id_]):
            yield f"no mutant is caught by {id_} through {', '.join(map(repr, idle))}"


def not_the_file(committed: Sequence[Catch], catches: Sequence[Catch]) -> Iterator[str]:
    """Yields where the matrix in the file is not the one that was seen."""
    filed = {(catch.mutant, catch.edition): catch for catch in committed}
    seen = {(catch.mutant, catch.edition): catch for catch in catches}
    for name, edition in sorted(filed.keys() | seen.keys()):
        if filed.get((name, edition)) != seen.get((name, edition)):
            yield f"the matrix in the file differs for {name} in edition {edition}"
