"""How to make an object where it is needed, and how long it lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Literal, TypeAlias, cast, final

Scope: TypeAlias = Literal["task", "thread", "process"]

_SCALARS: Final = (type(None), bool, int, float, complex, str, bytes)
_MAX_DEPTH: Final = 50


@final
@dataclass(frozen=True, slots=True, init=False, repr=False, eq=False)
class Provider:
    """How to make an object where a function runs, keep it, close it and check it.

    A provider is a value: nothing is imported or made until a task needs the object. `ship` checks
    it and refuses what it cannot ship.

    Args:
        factory: The function that makes the object, as `"module:name"`. It gets `args` and
            `kwargs`.
        *args: Plain data only: None, bool, int, float, complex, str, bytes, paths, and tuples,
            lists, dicts, sets and frozensets of these; exactly these types, no subclasses.
        scope: How long the object lives. `"task"`: each task makes one and closes it at its end.
            `"thread"`: one for each thread that runs tasks. `"process"`: one for each process,
            used by all of its threads, perhaps at the same time.
        close: How to close the object: the name of its method, or `"module:name"` of a function
            that takes it. None to just drop it.
        healthy: How to check the object before each task that uses it, given like `close`. It
            fails by raising an exception or by returning False.
        limit: The most objects that one factory keeps in one process, or, with scope `"thread"`,
            in one thread. The least recently used one that no task is using is closed to make
            room; while tasks use more, more are kept.
        **kwargs: The factory's keyword arguments, plain data too.

    Providers with the same factory, arguments, scope, close and healthy share their objects.

    Example:
        >>> provider = Provider("sqlite3:connect", ":memory:", scope="thread", close="close")
        >>> provider
        Provider('sqlite3:connect', ':memory:', scope='thread', close='close')
        >>> provider.makes
        "sqlite3:connect(':memory:')"
    """

    factory: str
    args: tuple[object, ...]
    kwargs: Mapping[str, object]
    scope: Scope
    close: str | None
    healthy: str | None
    limit: int

    def __init__(
        self,
        factory: str,
        /,
        *args: object,
        scope: Scope = "task",
        close: str | None = None,
        healthy: str | None = None,
        limit: int = 128,
        **kwargs: object,
    ) -> None:
        fields = (factory, args, kwargs, scope, close, healthy, limit)
        for name, value in zip(self.__slots__, fields, strict=True):
            object.__setattr__(self, name, value)

    @property
    def makes(self) -> str:
        """The call that makes the object, as text. Equal text means equal arguments."""
        given = [_text(value) for value in self.args]
        given += [f"{name}={_text(value)}" for name, value in sorted(self.kwargs.items())]
        return f"{self.factory}({', '.join(given)})"

    def refused(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield everything in this provider that cannot be shipped: its path, and why.

        Args:
            path: How messages name the provider.
        """
        if not _is_place(self.factory):
            yield f"{path}.factory", "it is not of the form 'module:name'"
        for name, way in (("close", self.close), ("healthy", self.healthy)):
            if way is not None and not (_is_place(way) or _is_name(way)):
                yield f"{path}.{name}", "it is neither a method nor of the form 'module:name'"
        if self.scope not in ("task", "thread", "process"):
            yield f"{path}.scope", "it is not 'task', 'thread' or 'process'"
        if type(self.limit) is not int or self.limit < 1:
            yield f"{path}.limit", "it is not a positive int"
        for position, value in enumerate(self.args):
            yield from _not_plain(value, f"{path}.args[{position}]")
        for name, value in self.kwargs.items():
            yield from _not_plain(value, f"{path}.kwargs[{name!r}]")

    def __eq__(self, other: object) -> bool:
        """Return whether the other is equal, with arguments of the same types."""
        return isinstance(other, Provider) and repr(self) == repr(other)

    def __hash__(self) -> int:
        """Return the hash of the content."""
        return hash(repr(self))

    def __repr__(self) -> str:
        """Return Python code that makes an equal provider."""
        given = [repr(self.factory), *(_text(value) for value in self.args)]
        given += [f"scope={self.scope!r}"]
        given += [f"close={self.close!r}"] if self.close is not None else []
        given += [f"healthy={self.healthy!r}"] if self.healthy is not None else []
        given += [f"limit={self.limit!r}"] if self.limit != 128 else []  # noqa: PLR2004  # default
        given += [f"{name}={_text(value)}" for name, value in sorted(self.kwargs.items())]
        return f"Provider({', '.join(given)})"


def _is_name(text: object) -> bool:
    return type(text) is str and text.isidentifier()


def _is_place(text: object) -> bool:
    if type(text) is not str or text.count(":") != 1:
        return False
    return all(name.isidentifier() for part in text.split(":") for name in part.split("."))


def parts_of(value: object) -> Iterator[tuple[str, object]] | None:
    """Return what a plain container holds, each with the end of its path; else None."""
    if type(value) is tuple or type(value) is list:
        items = cast("tuple[object, ...] | list[object]", value)
        return ((f"[{position}]", item) for position, item in enumerate(items))
    if type(value) is set or type(value) is frozenset:
        return ((" (an item)", item) for item in cast("set[object] | frozenset[object]", value))
    if type(value) is dict:
        pairs = cast("dict[object, object]", value).items()
        return (part for key, item in pairs for part in ((" (a key)", key), (f"[{key!r}]", item)))
    return None


def _not_plain(value: object, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield everything in an argument that is not plain data: its path, and why."""
    parts = parts_of(value)
    if parts is not None and depth == _MAX_DEPTH:
        yield path, f"it is more than {_MAX_DEPTH} levels deep, or contains itself"
    elif parts is not None:
        for end, part in parts:
            yield from _not_plain(part, path + end, depth + 1)
    elif type(value) not in _SCALARS and not _is_path(value):
        yield path, f"it is a live {kind_of(value)}, and only plain data travels"


def kind_of(value: object) -> str:
    """Return the name of a value's type, as messages show it."""
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return module + kind.__qualname__


def _is_path(value: object) -> bool:
    # pathlib's own kinds only: a subclass may hold anything.
    return isinstance(value, PurePath) and type(value).__module__.split(".")[0] == "pathlib"


def _text(value: object) -> str:
    """Return text that differs whenever the value or a type in it differs."""
    kind = type(value)
    if kind is set or kind is frozenset:
        # A set's own order changes from process to process.
        items = sorted(map(_text, cast("set[object] | frozenset[object]", value)))
        return f"{kind.__name__}([{', '.join(items)}])"
    if kind is dict:
        pairs = cast("dict[object, object]", value).items()
        return "{" + ", ".join(f"{_text(key)}: {_text(item)}" for key, item in pairs) + "}"
    if kind is tuple or kind is list:
        items = [_text(item) for item in cast("tuple[object, ...] | list[object]", value)]
        if kind is list:
            return f"[{', '.join(items)}]"
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    return repr(value)
