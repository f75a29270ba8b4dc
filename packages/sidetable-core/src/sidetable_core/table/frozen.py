"""Values that can not be changed, compared by what they hold."""

from __future__ import annotations

from typing import NoReturn, Self, cast


class Frozen:
    """A value whose fields are set once, where it is made.

    A child names its fields in `__match_args__`, and its constructor takes them in that order.
    Not a dataclass: to make the two that there are took as long as importing some ten modules.
    """

    __slots__ = ()

    def _set(self, *fields: object) -> None:
        for name, field in zip(self._names(), fields, strict=True):
            object.__setattr__(self, name, field)

    @classmethod
    def _names(cls) -> tuple[str, ...]:
        return cast("tuple[str, ...]", vars(cls)["__match_args__"])

    def _fields(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in self._names()])

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: {name!r} can not be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: {name!r} can not be deleted")

    def __eq__(self, other: object) -> bool:
        """Returns whether the other is of the same kind and holds equal values."""
        if type(other) is not type(self):
            return NotImplemented
        return self._fields() == other._fields()

    def __hash__(self) -> int:
        """Returns the hash of the content."""
        return hash((type(self), self._fields()))

    def __repr__(self) -> str:
        fields = zip(self._names(), self._fields(), strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={held!r}' for name, held in fields)})"

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        """Has copies and pickles made by the constructor."""
        return type(self), self._fields()
