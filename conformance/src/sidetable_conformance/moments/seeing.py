"""All that a user can see of a table, as plain values that compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.bench.constructing import texts
from sidetable_conformance.bench.recorder import Recorder
from sidetable_conformance.bench.registering import SOURCE
from sidetable_conformance.objects.describe import describe, describe_error
from sidetable_conformance.objects.things import Thing
from sidetable_conformance.targets.driver import Driver
from sidetable_source import Codegen, LocalSource

PLACES: Final = range(5)
"""The indices at which to look."""

NOTHING: Final = "nothing"
"""What stands for a lookup that says that it finds nothing."""


@final
@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen.

    Attributes:
        found: What each index finds.
        written: What each constructor writes, with its index.
        present: What presence is taken for.
        following: The index that the next registration gets, and what it finds.
    """

    found: tuple[str, ...]
    written: tuple[tuple[object, str], ...]
    present: bool
    following: tuple[int, str]

    def __str__(self) -> str:
        constructors = ", ".join(f"{index} writing {text}" for index, text in self.written)
        return (
            f"lookups that find {', '.join(self.found)}; constructors {constructors or 'of none'};"
            f" presence {self.present}; the next index {self.following[0]}, which finds"
            f" {self.following[1]}"
        )


def found_by(bench: Bench, table: Driver, index: int) -> str:
    """Returns what a lookup gives, or `NOTHING`, or the error by which it goes wrong."""
    try:
        return describe(table.get(index))
    except Exception as error:  # noqa: BLE001  # which of them is right is asked elsewhere
        return NOTHING if bench.is_lookups(error) else describe_error(error)


def seen_of(bench: Bench, table: Driver) -> Sight:
    """Returns what a table looks like in this context, after which one more is registered."""
    found = tuple(found_by(bench, table, index) for index in PLACES)
    written: list[tuple[object, str]] = []
    for index, constructor in table.constructors():
        recorder = Recorder()
        table.write(constructor, recorder)
        written.append((index, " ".join(map(texts, recorder.written))))
    present = table.present()
    value = Thing("the next")
    following = table.register_user_object(value, SOURCE)
    return Sight(found, tuple(written), present, (following, found_by(bench, table, following)))


def construct(index: int, codegen: Codegen) -> None:
    """A construct function that writes which index it was called with."""
    codegen(LocalSource(f"made_{index}"))
