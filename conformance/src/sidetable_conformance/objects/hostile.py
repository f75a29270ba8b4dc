"""Sources that try to have code run which nobody wrote into a codegen."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final, final

from sidetable_source import Codegen, Source

_MODULE: Final = "sidetable canary"

PAYLOAD: Final = f'__import__("{_MODULE}").sing()'
"""An expression that makes the canary sing, if somebody evaluates it."""


@final
class Canary(ModuleType):
    """Knows how often it was made to sing.

    Attributes:
        songs: How often.
    """

    def __init__(self) -> None:
        super().__init__(_MODULE)
        self.songs: int = 0

    def sing(self) -> str:
        """Sings."""
        self.songs += 1
        return "song"


@contextmanager
def canary() -> Generator[Canary, None, None]:
    """Keeps a canary where `PAYLOAD` finds it, inside the block.

    Example:
        >>> with canary() as bird:
        ...     bird.songs
        0
    """
    bird = Canary()
    sys.modules[_MODULE] = bird
    try:
        yield bird
    finally:
        del sys.modules[_MODULE]


@final
class Verbs(Source):
    """A source that writes whatever it is told to, and whose name and repr are hostile.

    Args:
        *verbs: The verbs, each with its arguments.

    Example:
        >>> Verbs(("load_local", "pool")).name == repr(Verbs()) == PAYLOAD
        True
    """

    def __init__(self, *verbs: tuple[Any, ...]) -> None:  # whatever a hostile source passes
        self._verbs: Final = verbs

    def reconstruct(self, codegen: Codegen) -> None:
        """Writes them."""
        for verb, *arguments in self._verbs:
            getattr(codegen, verb)(*arguments)

    @property
    def name(self) -> str:
        """The payload."""
        return PAYLOAD

    def __repr__(self) -> str:
        return PAYLOAD


@final
class Quoted(str):
    """A text that is written as code that runs.

    Example:
        >>> str(Quoted("key")), repr(Quoted("key")) == PAYLOAD
        ('key', True)
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return PAYLOAD


@final
class Lookups:
    """What has every item, and is its own attribute `itself`.

    Attributes:
        keys: By what its items were got.
        steps: How often that attribute was.

    Example:
        >>> lookups = Lookups()
        >>> lookups["key"].itself is lookups, lookups.keys, lookups.steps
        (True, ['key'], 1)
    """

    def __init__(self) -> None:
        self.keys: Final[list[object]] = []
        self.steps: int = 0

    def __getitem__(self, key: object) -> Lookups:
        self.keys.append(key)
        return self

    @property
    def itself(self) -> Lookups:
        """The same object."""
        self.steps += 1
        return self
