"""The editions as they were frozen: which ids each asks, and in which words.

What an edition asks never changes once it is frozen. A requirement that was added later is judged
under it all the same, and does not count until the next.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import final

from sidetable_conformance.errors import KitError

from .listing import LEVELS
from .requirement import EDITIONS, PROFILES, Requirement
from .row import is_table


@final
@dataclass(frozen=True, slots=True)
class FrozenRule:
    """One requirement, in the words in which an edition was frozen.

    Attributes:
        id: The requirement's id.
        profile: The group of requirements that it belongs to.
        level: `MUST` or `SHOULD`.
        sentence: What is asked, in full.
    """

    id: str
    profile: str
    level: str
    sentence: str


@final
@dataclass(frozen=True, slots=True)
class FrozenEdition:
    """What one edition asks, for good.

    Attributes:
        name: The edition.
        rules: Its requirements, of every profile that is frozen.

    Example:
        >>> rule = FrozenRule("area.rule", "core", "MUST", "Something is asked.")
        >>> edition = FrozenEdition("2026.11", (rule,))
        >>> edition.scores(Requirement("area.rule", "MUST", "core", "Something is asked."))
        True
        >>> edition.scores(Requirement("area.other", "MUST", "core", "More is asked."))
        False
    """

    name: str
    rules: tuple[FrozenRule, ...]

    def scores(self, requirement: Requirement) -> bool:
        """Tells whether a requirement counts under this edition, or came too late for it."""
        return any(rule.id == requirement.id for rule in self.rules)


def frozen_edition(name: str) -> FrozenEdition:
    """Returns an edition as it was frozen.

    The file is read anew at each call, which takes a millisecond.

    Args:
        name: One of `EDITIONS`.

    Raises:
        KitError: If the file is not valid.
        ValueError: If there is no such edition.

    Example:
        >>> frozen_edition("2026.11").rules[0].id
        'index.dense-from-zero'
    """
    if name not in EDITIONS:
        raise ValueError(f"there is no edition {name!r}; choose from {', '.join(EDITIONS)}")
    packaged = files("sidetable_conformance").joinpath("editions", f"{name}.toml")
    return parse_edition(packaged.read_text(encoding="utf-8"), name)


def parse_edition(text: str, name: str) -> FrozenEdition:
    """Returns the edition that a TOML text freezes.

    Args:
        text: A table for each profile, with a table for each level, from ids to sentences.
        name: The edition that it has to be.

    Raises:
        KitError: If the text is not TOML, is of another schema or edition, or has anything in it
            but profiles, levels, ids and sentences.

    Example:
        >>> parse_edition("schema = 2", "2026.11")
        Traceback (most recent call last):
        sidetable_conformance.KitError: edition 2026.11: schema is not 1
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KitError(f"edition {name}: {error}") from error
    for key, value in (("schema", 1), ("edition", name)):
        if document.pop(key, None) != value:
            raise KitError(f"edition {name}: {key} is not {value}")
    rules: list[FrozenRule] = []
    for profile, levels in document.items():
        for level, sentences in _table(name, profile, levels, PROFILES).items():
            for id_, sentence in _table(name, level, sentences, LEVELS).items():
                if not isinstance(sentence, str):
                    raise KitError(f"edition {name}: the sentence of {id_} is not a text")
                rules.append(FrozenRule(id_, profile, level, sentence))
    return FrozenEdition(name, tuple(rules))


def _table(edition: str, key: str, value: object, known: tuple[str, ...]) -> dict[str, object]:
    if key not in known:
        raise KitError(f"edition {edition}: there is no {key}; choose from {', '.join(known)}")
    if not is_table(value):
        raise KitError(f"edition {edition}: {key} is not a table")
    return value
