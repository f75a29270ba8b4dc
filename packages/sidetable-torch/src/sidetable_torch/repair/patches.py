"""Replacing attributes of PyTorch's, and putting them back."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Final, final

from sidetable_torch.errors import RepairError

ABSENT: Final = object()
"""What an attribute is that is not there."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """What an attribute is to be instead.

    Attributes:
        owner: The module, class or function that has the attribute.
        name: The attribute's name.
        found: What the attribute was, `ABSENT` if there was none.
        replacement: What it is to be.
    """

    owner: object
    name: str
    found: object
    replacement: object

    @classmethod
    def of(cls, owner: object, name: str, replacement: object) -> Patch:
        """Return the patch of an attribute as it is now."""
        return cls(owner, name, current(owner, name), replacement)

    def __str__(self) -> str:
        owner = getattr(self.owner, "__qualname__", None) or getattr(self.owner, "__name__", "")
        return f"{owner}.{self.name}"

    def apply(self) -> None:
        """Set the attribute."""
        setattr(self.owner, self.name, self.replacement)

    def check(self) -> None:
        """Refuse to put back an attribute that somebody else has set since.

        Raises:
            RepairError: If it is not the replacement any more.
        """
        if current(self.owner, self.name) is not self.replacement:
            raise RepairError(
                f"{self.name} of {self.owner!r} has been replaced since the repair was installed",
                "To put back what was there would undo that as well",
                "Take off what replaced it first",
            )

    def undo(self) -> None:
        """Put back what the attribute was."""
        if self.found is ABSENT:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.found)


def current(owner: object, name: str) -> object:
    """Return what an attribute is that the owner has itself, `ABSENT` if it has none."""
    if isinstance(owner, FunctionType):
        return getattr(owner, name)  # its code is no entry of its dictionary
    return vars(owner).get(name, ABSENT)


def global_names() -> Iterator[tuple[ModuleType, str, object]]:
    """Go over all global names of all imported modules."""
    modules: list[object] = list(sys.modules.values())  # some put other things there
    for module in modules:
        if isinstance(module, ModuleType):
            for name, value in tuple(vars(module).items()):
                yield module, name, value


def replace_globals(replacements: Mapping[int, object]) -> None:
    """Set each global name of all modules that has an object with one of these ids."""
    for module, name, value in global_names():
        if id(value) in replacements:
            setattr(module, name, replacements[id(value)])
