"""One attribute of PyTorch's that is replaced, and put back."""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import Final, final

from sidetable_torch.errors import RepairError

ABSENT: Final = object()
"""What an attribute is that is not there."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """What an attribute is to be instead.

    Attributes:
        owner: The module or class that has the attribute.
        name: The attribute's name.
        found: What the attribute was, `ABSENT` where there was none.
        replacement: What it is to be.
    """

    owner: object
    name: str
    found: object
    replacement: object

    @classmethod
    def of(cls, owner: object, name: str, replacement: object) -> Patch:
        """Returns the patch of an attribute as it is now."""
        return cls(owner, name, current(owner, name), replacement)

    def apply(self) -> None:
        """Sets the attribute."""
        setattr(self.owner, self.name, self.replacement)

    def check(self) -> None:
        """Refuses to put back an attribute that somebody else has set since.

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
        """Puts back what the attribute was."""
        if self.found is ABSENT:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.found)


def current(owner: object, name: str) -> object:
    """Returns what an attribute is that the owner has itself, `ABSENT` if it has none."""
    if isinstance(owner, FunctionType):
        return getattr(owner, name)  # its code is no entry of its dictionary
    return vars(owner).get(name, ABSENT)
