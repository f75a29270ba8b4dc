"""The kill matrix: how each faulty table was caught in each edition, as a file says it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, final

from sidetable_conformance.errors import KitError

SCHEMA: Final = 1
"""The version of the file's form."""

MATRIX: Final = "kill_matrix.json"
"""The file, which lies beside this module."""


@final
@dataclass(frozen=True, slots=True)
class Catch:
    """How one mutant was caught in one edition.

    A point is an assertion of a check: the kind of fact that it requires, and its rank among
    those of that kind in the check ("found", "found 2"). "called get" is an operation that raised
    where it had to return.

    Attributes:
        mutant: Its name.
        edition: The edition that it was made for and judged by.
        caught_by: The requirement that its fault breaks.
        through: The point of that requirement's check that turned red; "" if none did.
        also: The other requirements that turned red, each with its point, in their order.
    """

    mutant: str
    edition: str
    caught_by: str
    through: str
    also: tuple[tuple[str, str], ...] = ()

    def row(self) -> dict[str, object]:
        """Return it as JSON can hold it."""
        return {
            "mutant": self.mutant,
            "edition": self.edition,
            "caught_by": self.caught_by,
            "through": self.through,
            "also": dict(self.also),
        }


@final
@dataclass(frozen=True, slots=True)
class Strength:
    """How many faults the kit is known to catch.

    Attributes:
        mutants: How many faulty implementations the kit has.
        faults: How many faults that makes, since most are one in both editions.
        caught: How many of those are caught by the requirement that they break.
    """

    mutants: int
    faults: int
    caught: int

    @classmethod
    def of(cls, catches: Iterable[Catch]) -> Strength:
        """Return the strength that a matrix shows."""
        catches = tuple(catches)
        caught = sum(bool(catch.through) for catch in catches)
        return cls(len({catch.mutant for catch in catches}), len(catches), caught)

    def __str__(self) -> str:
        tables = "1 faulty table" if self.mutants == 1 else f"the {self.mutants} faulty tables"
        how_many = "all" if self.caught == self.faults else f"{self.caught} of"
        return f"the kit catches {how_many} {self.faults} faults of {tables} it ships"


def kill_matrix() -> tuple[Catch, ...]:
    """Return the matrix that the kit has in a file, which `prove` compares with a real run."""
    packaged = files("sidetable_conformance").joinpath(MATRIX)
    return parse_matrix(packaged.read_text(encoding="utf-8"))


def strength() -> Strength:
    """Return how many faults the kit catches, as its matrix says; that takes a millisecond."""
    return Strength.of(kill_matrix())


def parse_matrix(text: str) -> tuple[Catch, ...]:
    """Return the matrix that a text holds, or raise KitError if it is not one."""
    try:
        document = json.loads(text)
        if document.get("schema") != SCHEMA:
            raise KitError(f"kill matrix: schema is not {SCHEMA}")
        return tuple(_catch(**row) for row in document["catches"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise KitError(f"kill matrix: it cannot be read: {error!r}") from error


def matrix_text(catches: Iterable[Catch]) -> str:
    """Return a matrix as text, a line for each catch, the same for the same matrix."""
    lines = ",\n".join(json.dumps(catch.row()) for catch in catches)
    return f'{{"schema": {SCHEMA}, "catches": [\n{lines}\n]}}\n'


def _catch(*, also: Mapping[str, str], **texts: str) -> Catch:
    return Catch(**texts, also=tuple(also.items()))
