"""Reads one entry of a list in TOML, each field with the type that it has to have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final, NoReturn, TypeGuard, final

from sidetable_conformance.errors import KitError

_ID: Final = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*")


@final
class Row:
    """One entry of a list, of which nothing is taken on trust.

    Args:
        kind: What the entry is, in a message.
        entry: What was read; anything but a table is refused.
        needed: The fields that it must have, `id` among them.
        optional: The fields that it may have besides.

    Attributes:
        id: The entry's id.

    Raises:
        KitError: From every method, if the field is not what it has to be.

    Example:
        >>> Row("requirement", {"id": "area.rule", "text": ""}, {"id", "text"}).text("text")
        Traceback (most recent call last):
        sidetable_conformance.KitError: requirement area.rule: text is not a text
    """

    __slots__ = ("_fields", "_where", "id")

    def __init__(
        self,
        kind: str,
        entry: object,
        needed: AbstractSet[str],
        optional: AbstractSet[str] = frozenset(),
    ) -> None:
        if not is_table(entry):
            raise KitError("requirement list: an entry is not a table")
        self._fields: Final[Mapping[str, object]] = entry
        self._where: Final = f"{kind} {entry.get('id', 'without an id')}"
        if unknown := entry.keys() - needed - optional:
            self.refuse(f"unknown: {', '.join(sorted(unknown))}")
        if missing := needed - entry.keys():
            self.refuse(f"missing: {', '.join(sorted(missing))}")
        self.id: Final = self.text("id")
        if not _ID.fullmatch(self.id):
            self.refuse("its id is not of the form area.rule")

    def __contains__(self, key: str) -> bool:
        return key in self._fields

    def text(self, key: str) -> str:
        """Returns a text that is not empty."""
        return self._text(key, self._fields[key])

    def text_or_nothing(self, key: str) -> str:
        """Returns a text, or "" where there is no such field."""
        return self.text(key) if key in self else ""

    def one_of(self, choices: tuple[str, ...], key: str) -> str:
        """Returns a text that is one of these."""
        text = self.text(key)
        if text not in choices:
            self.refuse(f"{key} is {text!r}, which is none of {', '.join(choices)}")
        return text

    def one_or_nothing(self, choices: tuple[str, ...], key: str) -> str:
        """Returns a text that is one of these, or "" where there is no such field."""
        return self.one_of(choices, key) if key in self else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Returns a list of texts, empty where there is no such field."""
        listed = self._fields.get(key, [])
        if not is_list(listed):
            self.refuse(f"{key} is not a list of texts")
        return tuple(self._text(f"{key}: an item", item) for item in listed)

    def texts_by_name(self, key: str) -> tuple[tuple[str, str], ...]:
        """Returns the names and texts of a table, empty where there is no such field."""
        table = self._fields.get(key, {})
        if not is_table(table):
            self.refuse(f"{key} is not a table")
        return tuple((name, self._text(name, text)) for name, text in table.items())

    def refuse(self, why: str) -> NoReturn:
        """Raises an error that says which entry is wrong, and why."""
        raise KitError(f"{self._where}: {why}")

    def _text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            self.refuse(f"{key} is not a text")
        return value


def is_list(value: object) -> TypeGuard[list[object]]:
    """Tells whether a value that was read from TOML is a list."""
    return isinstance(value, list)


def is_table(value: object) -> TypeGuard[dict[str, object]]:
    """Tells whether a value that was read from TOML is a table; its keys are texts then."""
    return isinstance(value, dict)
