"""What every error of the project is."""

from __future__ import annotations

from typing import ClassVar

from ._text import sentence


class SideTableError(Exception):
    """The parent of every error of the project; never raised itself.

    Catch it to catch all of them. A child takes facts, keeps each as an attribute under the name
    of the parameter, and makes its text only when asked. An error holds text and numbers, never
    the objects that it is about, and it pickles.

    Attributes:
        code: The stable code of the class. A code is never given to another error.

    Example:
        >>> from sidetable_source import LocalSource
        >>> try:
        ...     LocalSource("not a name")
        ... except SideTableError as error:
        ...     print(error.code, error.anchor)
        ST101 st101
    """

    code: ClassVar[str] = "ST000"

    @property
    def anchor(self) -> str:
        """The code as the anchor of its section in the documentation's page of errors."""
        return self.code.lower()

    def __str__(self) -> str:
        """Returns `[CODE]`, what happened, why, and what to do about it, on one line."""
        sentences = (sentence(part) for part in self._sentences())
        return " ".join([f"[{self.code}]", *filter(None, sentences)])

    def _sentences(self) -> tuple[str, ...]:
        """Returns the parts of the text in order; an empty one is left out."""
        return self.args
