"""The tree that a source is, and the bounds that every tree keeps."""

from __future__ import annotations

from typing import Final, TypeGuard, cast

from sidetable_source.errors import InvalidSourceError, type_name

MAX_DEPTH: Final = 100
MAX_SIZE: Final = 1_000

_SCALARS: Final = (type(None), bool, float, complex, str, bytes, type(...))
# Python can be told to convert integers to text only up to a number of digits, and never to fewer
# than this: a longer one could be held, but perhaps not be shown.
_INT_DIGITS: Final = 640
_INT_BOUND: Final = 10**_INT_DIGITS


class Node:
    """One node of the tree that a source is."""

    __slots__ = ("__weakref__",)

    @property
    def parts(self) -> tuple[object, ...]:
        """The sources and constants that this source is made of; none, unless overridden."""
        return ()


def is_node(value: object) -> TypeGuard[Node]:
    """Returns whether the value is a source; by its type, so nothing of the value's is called."""
    return issubclass(type(value), Node)


def kind_of(source: Node) -> str:
    """Returns the name of a source's kind, as messages and reprs show it."""
    return type_name(source).rpartition(".")[2]


def examine(source: Node) -> None:
    """Refuses a source that code can not be written for, anywhere in its tree.

    Nothing is changed, and nothing called but the property `parts` of each source. The walk does
    not recurse, and ends for any input, a cycle included. It costs as much as the tree has nodes,
    at most `MAX_SIZE`; what occurs twice is counted twice, because code has it twice.

    Raises:
        InvalidSourceError: For a half-made source, a bad field, a constant that code can not
            hold, more than `MAX_DEPTH` levels, or more than `MAX_SIZE` sources and constants.
    """
    _walk(source, kind_of(source))


def examine_constant(value: object, owner: str) -> None:
    """Refuses a constant that code can not hold, within the same bounds.

    Args:
        value: The constant; a source is none, nor is a tuple that holds one.
        owner: What it is for, to be named in the error.

    Raises:
        InvalidSourceError: As for `examine`.
    """
    if is_node(value):
        raise _not_a_constant(value, owner)
    _walk(value, owner)


def _walk(root: object, owner: str) -> None:
    waiting: list[tuple[object, int]] = [(root, 1)]
    size = 0
    while waiting:
        value, level = waiting.pop()
        inside = _inside(value, owner)
        if inside is not None and level > MAX_DEPTH:
            raise InvalidSourceError(
                f"{owner} can not be more than {MAX_DEPTH} levels deep",
                "Each source, tuple and frozenset around another is a level",
                "Bind what is deep inside to a variable, and start from that",
            )
        size += 1
        if size + len(waiting) + len(inside or ()) > MAX_SIZE:
            raise InvalidSourceError(
                f"{owner} can not hold more than {MAX_SIZE} sources and constants",
                "Code has each of them as often as it occurs",
                "Bind what is large or occurs often to a variable, and start from that",
            )
        waiting.extend([(item, level + 1) for item in inside or ()])


def _inside(value: object, owner: str) -> tuple[object, ...] | frozenset[object] | None:
    """Returns what a source, tuple or frozenset holds; None for any other constant."""
    if is_node(value):
        return _parts(value)
    if type(value) is tuple or type(value) is frozenset:
        items = cast("tuple[object, ...] | frozenset[object]", value)
        for item in filter(is_node, items):
            raise _not_a_constant(item, owner)
        return items
    # By identity: `in` would call the hash or the comparison that a metaclass may have.
    if any(type(value) is scalar for scalar in _SCALARS):
        return None
    if type(value) is int:
        if -_INT_BOUND < value < _INT_BOUND:
            return None
        raise InvalidSourceError(
            f"{owner} can not hold an integer of more than {_INT_DIGITS} decimal digits",
            "Python may refuse to show a longer one",
            "Fetch it from where it is kept, or compute it there",
        )
    raise _not_a_constant(value, owner)


def _parts(source: Node) -> tuple[object, ...]:
    parts: object = source.parts
    if type(parts) is tuple:
        return parts
    raise InvalidSourceError(
        f"The parts of a {kind_of(source)} are a {type_name(parts)}, not a tuple",
        "They tell how deep and how large the source is",
        "Return a tuple of sources and constants from the property parts",
    )


def _not_a_constant(value: object, owner: str) -> InvalidSourceError:
    return InvalidSourceError(
        f"{owner} can not hold a value of type {type_name(value)} here",
        "Code can hold None, ..., bool, int, float, complex, str, bytes, and tuples and "
        "frozensets of these: exactly these types, no subclasses",
        "Convert it to one of these, or give a source that says where to fetch it",
    )
