"""Parameters of which every run tries a part, and the deep run all."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from sidetable_conformance.mutants import Mutant


def one_of_each_rule(mutants: Iterable[type[Mutant]]) -> list[object]:
    """Returns the parameters of a test of faults, of which all but a rule's first are `deep`."""
    rules: set[str] = set()
    parameters: list[object] = []
    for mutant in mutants:
        marks = [pytest.mark.deep] if mutant.caught_by in rules else []
        rules.add(mutant.caught_by)
        parameters.append(pytest.param(mutant, marks=marks, id=mutant.__name__))
    return parameters
