"""A source, and the three steps from one to the next: attribute, item, call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self, final

from sidetable_source.errors import InvalidSourceError, type_name

from ._arguments import argument_values
from ._expression import expression
from ._frozen import Frozen, fields_of, pasted
from ._names import identifier
from ._tree import Node, examine, is_node

if TYPE_CHECKING:
    from sidetable_source.codegen import Codegen, Constant


class Source(Node, ABC):
    """Says how to fetch an object again, and never holds the object.

    Chains are built by `attr`, `item` and `call`. The kinds of this package are values: equal and
    hashed by content and by the exact types of constants, picklable, with a repr that can be
    pasted back. They are checked where they are made. Nothing is ever run or looked up but by the
    code that a source writes.

    A source holds names, constants and other sources. It is at most 100 sources deep, tuples and
    frozensets counted too, and has at most 1,000 sources and constants, each counted as often as
    it occurs. To make, compare, hash or print one takes as long as it has sources and constants.

    A kind of your own is a child with the one method `reconstruct`: a small immutable value, best
    with `==` and a hash by content. If it is made of other sources, it tells them by overriding
    the property `parts`, so that they are counted.

    Example:
        >>> from sidetable_source import LocalSource
        >>> LocalSource("self").attr("pool").item("main").attr("connection").name
        'self.pool["main"].connection'
    """

    __slots__ = ()

    @abstractmethod
    def reconstruct(self, codegen: Codegen) -> None:
        """Writes the code that fetches the object, and leaves one value on the stack.

        Args:
            codegen: What to write into; not to be kept.
        """

    @property
    def name(self) -> str:
        """The expression that a person reads; evaluated, it does what the code does.

        It is written anew each time, and takes up to as many steps as the source has sources and
        constants, times its depth. Modules appear as `import_module("os.path")`.

        Raises:
            CodegenError: If a kind of your own writes its code in a wrong order.
            InvalidSourceError: If it writes a name or a constant that code can not hold.
        """
        return expression(self)

    def attr(self, member: str) -> AttrSource:
        """Returns the source of an attribute of this one's object.

        Raises:
            InvalidSourceError: If the name is none, or the chain is too deep.
        """
        return AttrSource(self, member)

    def item(self, key: Constant | Source) -> GetItemSource:
        """Returns the source of an item of this one's object.

        Raises:
            InvalidSourceError: If code can not hold the key, or the chain is too deep.
        """
        return GetItemSource(self, key)

    def call(self, /, *args: Constant | Source, **kwargs: Constant | Source) -> CallSource:
        """Returns the source of what this one's object returns when the code calls it.

        Raises:
            InvalidSourceError: If code can not hold an argument, or the chain is too deep.
        """
        return CallSource(self, args, tuple(kwargs.items()))


@final
class AttrSource(Frozen, Source):
    """An attribute of another source's object: `base.member`.

    Args:
        base: The source of the object.
        member: The name of the attribute.

    Raises:
        InvalidSourceError: If the name is none, or the chain is too deep.

    Example:
        >>> from sidetable_source import LocalSource
        >>> LocalSource("self").attr("pool")
        LocalSource("self").attr("pool")
    """

    __slots__ = ("base", "member")
    __match_args__ = ("base", "member")
    base: Source
    member: str

    def __new__(cls, base: Source, member: str) -> Self:
        return cls._made(base, member)

    @property
    def parts(self) -> tuple[object, ...]:
        """The base."""
        base, member = fields_of(self)
        identifier("AttrSource", "member", member)
        return (_source("AttrSource", "base", base),)

    def reconstruct(self, codegen: Codegen) -> None:
        """Writes the base, and the attribute of it."""
        examine(self)
        codegen(self.base)
        codegen.get_attr(self.member)

    def __repr__(self) -> str:
        examine(self)
        return f"{self.base!r}.attr({pasted(self.member)})"


@final
class GetItemSource(Frozen, Source):
    """An item of another source's object: `base[key]`.

    Args:
        base: The source of the object.
        key: The key: a constant, or the source of one.

    Raises:
        InvalidSourceError: If code can not hold the key, or the chain is too deep.

    Example:
        >>> from sidetable_source import GlobalSource, LocalSource
        >>> GlobalSource("pools").item(LocalSource("i")).item("main").name
        'pools[i]["main"]'
    """

    __slots__ = ("base", "key")
    __match_args__ = ("base", "key")
    base: Source
    key: Constant | Source

    def __new__(cls, base: Source, key: Constant | Source) -> Self:
        return cls._made(base, key)

    @property
    def parts(self) -> tuple[object, ...]:
        """The base and the key."""
        base, key = fields_of(self)
        return (_source("GetItemSource", "base", base), key)

    def reconstruct(self, codegen: Codegen) -> None:
        """Writes the base, the key, and the item of the one at the other."""
        examine(self)
        codegen(self.base)
        _load(codegen, self.key)
        codegen.get_item()

    def __repr__(self) -> str:
        examine(self)
        return f"{self.base!r}.item({pasted(self.key)})"


@final
class CallSource(Frozen, Source):
    """What another source's object returns when the code calls it: `function(*args, **kwargs)`.

    Args:
        function: The source of what is called.
        args: A tuple of constants and sources.
        kwargs: A tuple of pairs of a keyword and a constant or source, evaluated in this order.

    Raises:
        InvalidSourceError: If code can not hold an argument, a keyword is no name or is given
            twice, or the chain is too deep.

    Example:
        >>> from sidetable_source import ImportSource
        >>> ImportSource("torch.cuda").attr("Stream").call(0, priority=-1).name
        'import_module("torch.cuda").Stream(0, priority=-1)'
    """

    __slots__ = ("args", "function", "kwargs")
    __match_args__ = ("function", "args", "kwargs")
    function: Source
    args: tuple[Constant | Source, ...]
    kwargs: tuple[tuple[str, Constant | Source], ...]

    def __new__(
        cls,
        function: Source,
        args: tuple[Constant | Source, ...] = (),
        kwargs: tuple[tuple[str, Constant | Source], ...] = (),
    ) -> Self:
        return cls._made(function, args, kwargs)

    @property
    def parts(self) -> tuple[object, ...]:
        """The function, and the values of the arguments."""
        function, args, kwargs = fields_of(self)
        return (_source("CallSource", "function", function), *argument_values(args, kwargs))

    def reconstruct(self, codegen: Codegen) -> None:
        """Writes the function, the arguments, and the call."""
        examine(self)
        codegen(self.function)
        for value in self.args:
            _load(codegen, value)
        for _, value in self.kwargs:
            _load(codegen, value)
        codegen.call(len(self.args), tuple(keyword for keyword, _ in self.kwargs))

    def __repr__(self) -> str:
        examine(self)
        args = [
            *map(pasted, self.args),
            *(f"{name}={pasted(value)}" for name, value in self.kwargs),
        ]
        return f"{self.function!r}.call({', '.join(args)})"


def _load(codegen: Codegen, value: Constant | Source) -> None:
    if isinstance(value, Source):
        codegen(value)
    else:
        codegen.load_const(value)


def _source(kind: str, role: str, value: object) -> Node:
    if is_node(value):
        return value
    raise InvalidSourceError(
        f"{kind} can not use a value of type {type_name(value)} as its {role}",
        "It is no source",
        'Start from a source, such as LocalSource("self")',
    )
