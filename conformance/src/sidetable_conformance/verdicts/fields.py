"""Reads the fields of a document, each with the type that it has to have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NoReturn, TypeGuard, final

from sidetable_conformance.errors import InputError
from sidetable_source.errors import printable

_ID: Final = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*")


@final
class Fields:
    """One object of a JSON document.

    Args:
        content: What was read; anything but an object is refused.
        where: What it is, in a message.
        name: What the whole document is called.

    Attributes:
        content: The object.

    Raises:
        InputError: From every method, if the field is missing or of another type.

    Example:
        >>> Fields({"id": 5}, "a result", "report.json").text("id")
        Traceback (most recent call last):
        sidetable_conformance.InputError: report.json can not be used: id of a result is not a text
    """

    __slots__ = ("_name", "_where", "content")

    def __init__(self, content: object, where: str, name: str) -> None:
        self._where: Final = where
        self._name: Final = name
        if not _is_object(content):
            raise InputError(name, f"{where} is not an object")
        self.content: Final[Mapping[str, object]] = content

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def text(self, key: str, default: str | None = None) -> str:
        """Returns a text, or the default where there is no such field."""
        value = self._get(key, default)
        if not isinstance(value, str):
            self._refuse(key, "a text")
        return value

    def word(self, key: str, default: str | None = None) -> str:
        """Returns a requirement's id, or the default where there is no such field."""
        text = self.text(key, default)
        if text != default and not _ID.fullmatch(text):
            self._refuse(key, "an id")
        return text

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        """Returns a text that is one of these."""
        text = self.text(key)
        if text not in choices:
            self._refuse(key, f"one of {', '.join(choices)}")
        return text

    def number(self, key: str) -> int:
        """Returns a whole number."""
        value = self._get(key, None)
        if not isinstance(value, int) or isinstance(value, bool):
            self._refuse(key, "a number")
        return value

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """Returns a truth value, or the default where there is no such field."""
        value = self._get(key, default)
        if not isinstance(value, bool):
            self._refuse(key, "true or false")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Returns a list of texts, or the default where there is no such field."""
        value = self._get(key, None if default is None else list(default))
        if not _is_list(value) or not all(isinstance(text, str) for text in value):
            self._refuse(key, "a list of texts")
        return tuple(str(text) for text in value)

    def numbers(self) -> tuple[tuple[str, int], ...]:
        """Returns every field of the object, all of which are numbers, in the order of names."""
        return tuple((key, self.number(key)) for key in sorted(self.content))

    def ids(self) -> tuple[str, ...]:
        """Returns the names of the fields, all of which are ids of requirements."""
        for key in self.content:
            if not _ID.fullmatch(key):
                self._refuse(key, "an id")
        return tuple(self.content)

    def part(self, key: str) -> Fields:
        """Returns an object inside of this one."""
        return Fields(self._get(key, None), f"{key} of {self._where}", self._name)

    def parts(self, key: str) -> tuple[Fields, ...]:
        """Returns a list of objects inside of this one."""
        value = self._get(key, None)
        if not _is_list(value):
            self._refuse(key, "a list")
        return tuple(Fields(item, f"an item of {key}", self._name) for item in value)

    def _get(self, key: str, default: object) -> object:
        value = self.content.get(key, default)
        if value is None:
            raise InputError(self._name, f"{self._where} has no {key}")
        return value

    def _refuse(self, key: str, what: str) -> NoReturn:
        raise InputError(self._name, f"{printable(key)} of {self._where} is not {what}")


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)  # with keys that are texts: it was read from JSON or TOML
