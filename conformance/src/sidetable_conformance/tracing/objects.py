"""The lines of a script that make objects, name them and let them go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, final

from .draft import Draft
from .making import PLAIN, written
from .naming import FEW, MANY, name_of
from .steps import Drop, Life


def can_be_written(draft: Draft) -> bool:
    """Tells whether a script can have the objects of a draft.

    Many objects are one list: they are of one kind, are made together, and go together.
    """
    if len(draft.objects) <= FEW:
        return True
    drops = sum(isinstance(step, Drop) for step in draft.steps)
    together = sum(map(bool, draft.births())) == 1 and drops in (0, len(draft.objects))
    return together and len({made.kind for made in draft.objects}) == 1


@final
class Objects:
    """Writes what a script has to say of the objects.

    Args:
        draft: The steps, and the objects that they are about.
    """

    def __init__(self, draft: Draft) -> None:
        self._objects: Final = draft.objects
        self._count: Final = len(draft.objects)
        self._last: Final = draft.steps[-1]

    def name(self, number: int) -> str:
        """Returns the name of an object, or the object itself, if it needs none."""
        if self._needs_no_name(number):
            return self._objects[number].text.expression
        return name_of(number, self._count)

    def _needs_no_name(self, number: int) -> bool:
        made = self._objects[number]
        return made.content is None and not made.text.referenceable and self._count <= FEW

    def born(self, numbers: tuple[int, ...]) -> Iterator[str]:
        """Yields the lines that make objects."""
        objects = self._objects
        named = [number for number in numbers if not self._needs_no_name(number)]
        kinds = {objects[number].kind for number in named}
        if self._count > FEW and named:
            item = written(objects[0].text, "", "").replace("''", "n")
            yield f"{MANY} = [{item} for n in range({len(named)})]"
        elif kinds == {PLAIN} and len(named) > 1:
            names = [self.name(number) for number in named]
            yield f"{', '.join(names)} = map(Thing, {''.join(names)!r})"
        else:
            yield from (f"{self.name(number)} = {self._made(number)}" for number in named)
        if isinstance(self._last, Life) and self._last.value in named:
            yield f"watch = weakref.ref({self.name(self._last.value)})"

    def _made(self, number: int) -> str:
        made = self._objects[number]
        content = "" if made.content is None else self.name(made.content)
        return written(made.text, self.name(number), content)

    def dropped(self, numbers: Sequence[int]) -> Iterator[str]:
        """Yields the lines that let objects go."""
        names = [self.name(number) for number in numbers if not self._needs_no_name(number)]
        if self._count > FEW:
            yield f"{MANY}.clear()"
        elif names:
            yield f"del {', '.join(names)}"
        yield "gc.collect()"

    def several(self, numbers: tuple[int, ...]) -> str:
        """Returns what can be iterated over."""
        if self._count <= FEW:
            return f"({', '.join(map(self.name, numbers))})"
        if numbers == (*range(self._count),):
            return MANY
        if numbers == (*range(numbers[0], numbers[0] + len(numbers)),):
            return f"{MANY}[{numbers[0]}:{numbers[-1] + 1}]"
        return f"[{', '.join(map(self.name, numbers))}]"

    def arguments(self, numbers: tuple[int, ...]) -> str:
        """Returns the arguments of a store."""
        if self._count <= FEW:
            return ", ".join(map(self.name, numbers))
        return f"*{self.several(numbers)}" if numbers else ""
