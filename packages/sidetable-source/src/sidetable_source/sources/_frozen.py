"""What makes the kinds of source values: frozen, compared by content, checked at every use."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Self, TypeGuard, cast

from sidetable_source.errors import InvalidSourceError, printable

from ._literals import literal
from ._tree import Node, examine, is_node, kind_of

if TYPE_CHECKING:
    from sidetable_source.codegen import Constant


class Frozen(Node):
    """A node whose fields are set once, where it is made, and are its whole content.

    The content is examined whenever it is used, because `object.__setattr__` and a forged pickle
    can reach behind any Python object: a source is right, or its use is `InvalidSourceError`. A
    kind names its fields in `__match_args__`, and its constructor takes them in that order.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """Refuses a child of a kind: what a kind means can not be changed."""
        if Frozen not in cls.__bases__:
            raise TypeError(f"{cls.__bases__[0].__name__} is final; derive your kind from Source")

    @classmethod
    def _made(cls, *fields: object) -> Self:
        """Returns a new instance with these fields, examined."""
        made = object.__new__(cls)
        for name, field in zip(_names_of(cls), fields, strict=True):
            object.__setattr__(made, name, field)
        examine(made)
        return made

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{kind_of(self)} is frozen: {printable(name)} can not be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{kind_of(self)} is frozen: {printable(name)} can not be deleted")

    def __eq__(self, other: object) -> bool:
        """Returns whether the other is of the same kind and has the same content.

        Constants are the same when their exact types are too. An object of another type is not
        asked for its opinion. A kind of the user's, in the tree, compares as its author said.
        """
        if type(other) is not type(self):
            return False
        examine(self)
        examine(other)
        return _key(self) == _key(other)

    def __hash__(self) -> int:
        """Returns the hash of the content."""
        examine(self)
        return hash(_key(self))

    def __repr__(self) -> str:
        """Returns Python that makes an equal source."""
        examine(self)
        return f"{kind_of(self)}({', '.join(map(pasted, fields_of(self)))})"

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        """Has copies and pickles made by the constructor, which examines the fields again."""
        examine(self)
        return type(self), fields_of(self)

    def __setstate__(self, state: object) -> NoReturn:
        """Refuses what only a forged pickle does: changing a source that is made."""
        raise InvalidSourceError(
            f"A pickle tries to change a {kind_of(self)}",
            "A source is made by its constructor and never changed",
            "Do not load the pickle; make a new one from the source itself",
        )

    def __replace__(self, **changes: object) -> Self:
        """Returns a source with some fields replaced, for `copy.replace`."""
        fields = dict(zip(_names_of(type(self)), fields_of(self), strict=True))
        return type(self)(**{**fields, **changes})


def fields_of(source: Frozen) -> tuple[object, ...]:
    """Returns the fields of a source in order, or refuses it if some were never set."""
    names = _names_of(type(source))
    try:
        return tuple([getattr(source, name) for name in names])
    except AttributeError:
        kind = kind_of(source)
        raise InvalidSourceError(
            f"This {kind} is half-made",
            "It was not made by calling its class",
            f"Make it with {kind}({', '.join(names)})",
        ) from None


def pasted(value: object) -> str:
    """Returns Python that makes a source or constant again, which was examined before."""
    return repr(value) if is_node(value) else literal(cast("Constant", value))


def _names_of(kind: type[Frozen]) -> tuple[str, ...]:
    return cast("tuple[str, ...]", vars(kind)["__match_args__"])


def _is_frozen(value: object) -> TypeGuard[Frozen]:
    return issubclass(type(value), Frozen)


def _key(value: object) -> object:
    """Returns what stands for a value in comparisons; the value was examined before."""
    if _is_frozen(value):
        return (type(value), *map(_key, fields_of(value)))
    if is_node(value):
        return value
    if type(value) is tuple:
        return tuple(map(_key, cast("tuple[object, ...]", value)))
    return literal(cast("Constant", value))
