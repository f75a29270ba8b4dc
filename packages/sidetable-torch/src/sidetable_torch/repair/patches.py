"""Replace attributes of PyTorch's, and put them back."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Final, final

from sidetable_torch.errors import RepairError

ABSENT: Final = object()
"""The value of an attribute that does not exist."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """The replacement of one attribute.

    Attributes:
        owner: The module, class or function that has the attribute.
        name: The attribute's name.
        found: The value found, `ABSENT` if there was none.
        replacement: The new value.
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
        """Refuse to put back an attribute that something else has set since.

        Raises:
            RepairError: If its value is no longer the replacement.
        """
        if current(self.owner, self.name) is not self.replacement:
            raise RepairError(
                f"{self.name} of {self.owner!r} has been replaced since the repair was installed",
                "Putting back the original would undo that change too",
                "Undo the later change first, and then uninstall the repair",
            )

    def undo(self) -> None:
        """Put back the value found."""
        if self.found is ABSENT:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.found)


def current(owner: object, name: str) -> object:
    """Return the owner's own attribute, `ABSENT` if it has none."""
    if isinstance(owner, FunctionType):
        return getattr(owner, name)  # its code is no entry of its dictionary
    return vars(owner).get(name, ABSENT)


def global_names() -> Iterator[tuple[ModuleType, str, object]]:
    """Yield all global names of all imported modules, with their values."""
    modules: list[object] = list(sys.modules.values())  # some put other things there
    for module in modules:
        if isinstance(module, ModuleType):
            for name, value in tuple(vars(module).items()):
                yield module, name, value


def replace_globals(replacements: Mapping[int, object]) -> None:
    """Replace the value of every global name, in all modules, whose id is a key here."""
    for module, name, value in global_names():
        if id(value) in replacements:
            setattr(module, name, replacements[id(value)])
