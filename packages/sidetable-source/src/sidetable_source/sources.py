"""The kinds of source: values that say how to fetch an object again, and never hold it.

A chain starts from a `LocalSource`, `ClosureSource`, `GlobalSource`, `ConstantSource` or
`ImportSource`, and takes steps: `AttrSource`, `GetItemSource`, `CallSource`. All are children of
`Source`, which has the short ways to take a step: `source.attr(...)`, `source[...]`,
`source(...)`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from keyword import iskeyword
from math import isfinite
from typing import ClassVar, Final, NoReturn, Self, TypeGuard, cast, final
from unicodedata import normalize

from .codegen import Codegen, Constant, Reconstructible
from .errors import INT_BOUND, CodegenError, InvalidSourceError, printable, type_name


class Source(ABC):
    """Says how to fetch an object again, and never holds the object.

    `attr`, `item` and `call` build chains; `source[key]` and `source(...)` are short for the last
    two. The kinds of this package are values: equal and hashed by content and by the exact types
    of constants, picklable, with a repr that can be pasted back. They are checked when they are
    made or unpickled. Nothing is ever run or looked up except by the code that a source writes.

    A source holds names, constants and other sources. It is at most 100 sources deep, tuples and
    frozensets included, and has at most 1,000 sources and constants, each counted as often as it
    occurs. To make, compare, hash or print one takes time proportional to that number.

    A kind of your own is a child with the one method `reconstruct`: a small immutable value, best
    with `==` and a hash by content. If it is made of other sources, it returns them from the
    property `parts`, so that they are counted.

    Example:
        >>> from sidetable_source import LocalSource
        >>> LocalSource("self").attr("pool")["main"].attr("connection").name
        'self.pool["main"].connection'
    """

    __slots__ = ("__weakref__",)

    # `source[key]` alone would make Python iterate over a source without end.
    __iter__ = None
    __contains__ = None

    def __init_subclass__(cls) -> None:
        """Refuse a child of a final kind: what a kind means cannot be changed."""
        for base in cls.__bases__:
            if vars(base).get("__final__"):
                raise TypeError(f"{base.__name__} is final; derive your kind from Source")

    @abstractmethod
    def reconstruct(self, codegen: Codegen) -> None:
        """Write the code that fetches the object, and leave one value on the stack.

        The codegen is not to be kept.
        """

    @property
    def parts(self) -> tuple[object, ...]:
        """The sources and constants that this source is made of; none, unless overridden."""
        return ()

    @property
    def name(self) -> str:
        """The expression that a person reads; evaluated, it does what the code does.

        It is written anew each time, in time proportional to the number of sources and constants
        times their depth. Modules appear as `import_module("os.path")`.

        Raises:
            CodegenError: If a kind of your own writes its code in a wrong order.
            InvalidSourceError: If it writes a name or a constant that code cannot hold.
        """
        codegen = _ExpressionCodegen()
        codegen(self)
        return codegen.stack[0]

    def attr(self, member: str) -> AttrSource:
        """Return the source of an attribute of this one's object.

        Raises:
            InvalidSourceError: If it is not a name, or the chain is too deep.
        """
        return AttrSource(self, member)

    def item(self, key: Constant | Source) -> GetItemSource:
        """Return the source of an item of this one's object; `source[key]` is short for it.

        Raises:
            InvalidSourceError: If code cannot hold the key, or the chain is too deep.
        """
        return GetItemSource(self, key)

    def call(self, /, *args: Constant | Source, **kwargs: Constant | Source) -> CallSource:
        """Return the source of what this one's object returns when the code calls it.

        `source(...)` is short for it.

        Raises:
            InvalidSourceError: If code cannot hold an argument, or the chain is too deep.
        """
        return CallSource(self, args, tuple(kwargs.items()))

    __getitem__ = item
    __call__ = call


class _Kind(Source):
    """What makes the kinds of this package values: compared, shown and pickled by their fields."""

    __slots__ = ()

    __match_args__: ClassVar[tuple[str, ...]]  # the names of the fields, by `dataclass`

    def _set(self, **fields: object) -> None:
        """Set the fields, and refuse a source that is too deep or too large."""
        for name, field in fields.items():
            object.__setattr__(self, name, field)
        _walk(self, type(self).__name__)

    def __eq__(self, other: object) -> bool:
        """Return whether the other is of the same kind and has the same content.

        A kind of the user's, in the tree, compares as its author said.
        """
        return type(other) is type(self) and _key(self) == _key(other)

    def __hash__(self) -> int:
        return hash(_key(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(_pasted, _fields(self)))})"

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        """Have copies and pickles made by the constructor, which checks the fields again."""
        return type(self), _fields(self)

    def __setstate__(self, state: object) -> NoReturn:
        """Refuse what only a forged pickle does: changing a source that is made."""
        raise InvalidSourceError(
            f"A pickle tries to change a {type(self).__name__}",
            "A source is made by its constructor and never changed",
            "Do not load the pickle; make a new one from the source itself",
        )

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse the use of a source without fields, which only a forged pickle makes."""
        kind, fields = type(self).__name__, type(self).__match_args__
        if name not in fields:
            raise AttributeError(f"{kind!r} object has no attribute {name!r}", name=name, obj=self)
        raise InvalidSourceError(
            f"This {kind} is half-made",
            "It was not made by calling its class",
            f"Make it with {kind}({', '.join(fields)})",
        )


# --- what a chain starts from --------------------------------------------------------------
# `dataclass` freezes them. What it could make besides takes longer to import than to write.


@final
@dataclass(frozen=True, eq=False, repr=False, init=False)
class LocalSource(_Kind):
    """A local variable or parameter of the function that the code is for.

    Args:
        local_name: The name of the variable.

    Raises:
        InvalidSourceError: If code cannot use the name.

    Example:
        >>> LocalSource("self").name
        'self'
    """

    __slots__ = ("local_name",)

    local_name: str

    def __init__(self, local_name: str) -> None:
        self._set(local_name=_name("LocalSource", "local_name", local_name))

    def reconstruct(self, codegen: Codegen) -> None:
        codegen.load_local(self.local_name)


@final
@dataclass(frozen=True, eq=False, repr=False, init=False)
class ClosureSource(_Kind):
    """A variable that the function closes over, as it is when the code runs.

    Args:
        closure_name: The name of the variable.

    Raises:
        InvalidSourceError: If code cannot use the name.

    Example:
        >>> ClosureSource("lock").name
        'lock'
    """

    __slots__ = ("closure_name",)

    closure_name: str

    def __init__(self, closure_name: str) -> None:
        self._set(closure_name=_name("ClosureSource", "closure_name", closure_name))

    def reconstruct(self, codegen: Codegen) -> None:
        codegen.load_closure(self.closure_name)


@final
@dataclass(frozen=True, eq=False, repr=False, init=False)
class GlobalSource(_Kind):
    """A global variable of the function's module, or a builtin.

    Args:
        global_name: The name of the variable.

    Raises:
        InvalidSourceError: If code cannot use the name.

    Example:
        >>> GlobalSource("registry")["default"].name
        'registry["default"]'
    """

    __slots__ = ("global_name",)

    global_name: str

    def __init__(self, global_name: str) -> None:
        self._set(global_name=_name("GlobalSource", "global_name", global_name))

    def reconstruct(self, codegen: Codegen) -> None:
        codegen.load_global(self.global_name)


@final
@dataclass(frozen=True, eq=False, repr=False, init=False)
class ConstantSource(_Kind):
    """A constant, written into the code itself.

    Args:
        value: None, `...`, a bool, int, float, complex, str or bytes, or a tuple or frozenset of
            these; exactly these types, no subclasses.

    Raises:
        InvalidSourceError: If code cannot hold the value.

    Example:
        >>> ConstantSource(1) == ConstantSource(True)
        False
        >>> ConstantSource(-1).attr("real").name
        '(-1).real'
    """

    __slots__ = ("value",)

    value: Constant

    def __init__(self, value: Constant) -> None:
        _check_constant(value, "ConstantSource")
        self._set(value=value)

    @property
    def parts(self) -> tuple[object, ...]:
        return (self.value,)

    def reconstruct(self, codegen: Codegen) -> None:
        codegen.load_const(self.value)


@final
@dataclass(frozen=True, eq=False, repr=False, init=False)
class ImportSource(_Kind):
    """A module, imported when the code runs, never when the source is made.

    Args:
        module: The full dotted name; the source stands for the module of that name.

    Raises:
        InvalidSourceError: If it is not the full name of a module.

    Example:
        >>> ImportSource("os.path").attr("join")("a", "b").name
        'import_module("os.path").join("a", "b")'
    """

    __slots__ = ("module",)

    module: str

    def __init__(self, module: str) -> None:
        self._set(module=_name("ImportSource", "module", module, is_dotted=True))

    def reconstruct(self, codegen: Codegen) -> None:
        codegen.load_import(self.module)


# --- the steps -----------------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False, repr=False, init=False)
class AttrSource(_Kind):
    """An attribute of another source's object: `base.member`.

    Args:
        base: The source of the object.
        member: The name of the attribute.

    Raises:
        InvalidSourceError: If it is not a name, or the chain is too deep.

    Example:
        >>> LocalSource("self").attr("pool")
        LocalSource("self").attr("pool")
    """

    __slots__ = ("base", "member")

    base: Source
    member: str

    def __init__(self, base: Source, member: str) -> None:
        _check_source("AttrSource", "base", base)
        self._set(base=base, member=_name("AttrSource", "member", member))

    @property
    def parts(self) -> tuple[object, ...]:
        return (self.base,)

    def reconstruct(self, codegen: Codegen) -> None:
        codegen(self.base)
        codegen.get_attr(self.member)

    def __repr__(self) -> str:
        return f"{self.base!r}.attr({_pasted(self.member)})"


@final
@dataclass(frozen=True, eq=False, repr=False, init=False)
class GetItemSource(_Kind):
    """An item of another source's object: `base[key]`.

    Args:
        base: The source of the object.
        key: The key: a constant, or the source of one.

    Raises:
        InvalidSourceError: If code cannot hold the key, or the chain is too deep.

    Example:
        >>> GlobalSource("pools")[LocalSource("i")]["main"].name
        'pools[i]["main"]'
    """

    __slots__ = ("base", "key")

    base: Source
    key: Constant | Source

    def __init__(self, base: Source, key: Constant | Source) -> None:
        _check_source("GetItemSource", "base", base)
        self._set(base=base, key=key)

    @property
    def parts(self) -> tuple[object, ...]:
        return (self.base, self.key)

    def reconstruct(self, codegen: Codegen) -> None:
        codegen(self.base)
        _load(codegen, self.key)
        codegen.get_item()

    def __repr__(self) -> str:
        return f"{self.base!r}.item({_pasted(self.key)})"


@final
@dataclass(frozen=True, eq=False, repr=False, init=False)
class CallSource(_Kind):
    """What another source's object returns when the code calls it: `function(*args, **kwargs)`.

    Args:
        function: The source of what is called.
        args: A tuple of constants and sources.
        kwargs: A tuple of pairs of a keyword and a constant or source, evaluated in this order.

    Raises:
        InvalidSourceError: If code cannot hold an argument, a keyword is not a name or is given
            twice, or the chain is too deep.

    Example:
        >>> ImportSource("torch.cuda").attr("Stream")(0, priority=-1).name
        'import_module("torch.cuda").Stream(0, priority=-1)'
    """

    __slots__ = ("args", "function", "kwargs")

    function: Source
    args: tuple[Constant | Source, ...]
    kwargs: tuple[tuple[str, Constant | Source], ...]

    def __init__(
        self,
        function: Source,
        args: tuple[Constant | Source, ...] = (),
        kwargs: tuple[tuple[str, Constant | Source], ...] = (),
    ) -> None:
        _check_source("CallSource", "function", function)
        _check_arguments(args, kwargs)
        self._set(function=function, args=args, kwargs=kwargs)

    @property
    def parts(self) -> tuple[object, ...]:
        return (self.function, *self.args, *(value for _, value in self.kwargs))

    def reconstruct(self, codegen: Codegen) -> None:
        codegen(self.function)
        for value in (*self.args, *(value for _, value in self.kwargs)):
            _load(codegen, value)
        codegen.call(len(self.args), tuple(keyword for keyword, _ in self.kwargs))

    def __repr__(self) -> str:
        args = [*map(_pasted, self.args), *(f"{k}={_pasted(value)}" for k, value in self.kwargs)]
        return f"{self.function!r}.call({', '.join(args)})"


# --- values --------------------------------------------------------------------------------


def _fields(source: _Kind) -> tuple[object, ...]:
    return tuple([getattr(source, name) for name in type(source).__match_args__])


def is_source(value: object) -> TypeGuard[Source]:
    """Return whether the value is a source; by its type alone, of which nothing is called."""
    return type.__subclasscheck__(Source, type(value))


def _key(value: object) -> object:
    """Return what represents a value in comparisons."""
    if is_source(value):
        return (type(value), *map(_key, _fields(value))) if isinstance(value, _Kind) else value
    if type(value) is tuple:
        return tuple(map(_key, cast("tuple[object, ...]", value)))
    return _literal(cast("Constant", value))


def _pasted(value: object) -> str:
    """Return Python that makes a source or constant again."""
    return repr(value) if is_source(value) else _literal(cast("Constant", value))


def _literal(value: Constant) -> str:  # noqa: PLR0911  # one return for each type
    """Return the text of a constant, which two constants share only if they are the same.

    Two are the same if they have equal content and the same exact types, all the way in: `1`,
    `1.0` and `True` are three, and so are `0.0` and `-0.0`; one `nan` is like another.
    """
    match value:
        case str():
            # `repr` writes text with a double quote in it in single quotes, and escapes those.
            return f'"{_double_quoted(repr(chr(34) + value)[2:-1])}"'
        case bytes():
            return f'b"{_double_quoted(repr(b"%c%b" % (34, value))[3:-1])}"'
        case float() if not isfinite(value):
            return f'float("{value!r}")'
        case complex():
            return f"complex({_literal(value.real)}, {_literal(value.imag)})"
        case tuple():
            items = ", ".join(map(_literal, value))
            return f"({items},)" if len(value) == 1 else f"({items})"
        case frozenset():
            items = ", ".join(sorted(_literal(item) for item in value))
            return f"frozenset({{{items}}})" if items else "frozenset()"
        case _ if value is ...:
            return "..."
        case _:
            return repr(value)


def _double_quoted(body: str) -> str:
    return body.replace("\\'", "'").replace('"', '\\"')


def _load(codegen: Codegen, value: Constant | Source) -> None:
    if isinstance(value, Source):
        codegen(value)
    else:
        codegen.load_const(value)


# --- what is refused -----------------------------------------------------------------------

MAX_DEPTH: Final = 100
MAX_SIZE: Final = 1_000

_SCALARS: Final = (type(None), bool, float, complex, str, bytes, type(...))


def _name(owner: str, role: str, name: object, *, is_dotted: bool = False) -> str:
    """Return the name if code can use it just as it is: an identifier, or several with dots."""
    for part in name.split(".") if is_dotted and type(name) is str else [name]:
        if why := _objection(part):
            kind = type_name(name)
            shown = f'"{printable(name)}"' if type(name) is str else f"a value of type {kind}"
            what = f"{owner} cannot use {shown} as its {role}"
            hint = "Give one plain Python name, as it stands in the code"
            if is_dotted:
                hint = 'Give the full dotted name of a module, such as "os.path"'
            raise InvalidSourceError(what, why, hint)
    return cast("str", name)


def _objection(name: object) -> str:
    """Return why code cannot use the name; "" if it can."""
    if type(name) is not str:
        return "It is not a str"
    if not name.isidentifier():
        return "It is not an identifier" if name else "It is empty"
    if iskeyword(name) or name == "__debug__":
        return "It is a keyword"
    if normalize("NFKC", name) != name:
        return f"Python reads it as another name, {normalize('NFKC', name)}"
    return ""


def _check_source(kind: str, role: str, value: object) -> None:
    if not is_source(value):
        raise InvalidSourceError(
            f"{kind} cannot use a value of type {type_name(value)} as its {role}",
            "It is not a source",
            'Start from a source, such as LocalSource("self")',
        )


def _check_arguments(args: object, kwargs: object) -> None:
    """Refuse arguments that are not tuples, and keywords that are no names or occur twice."""
    if type(args) is not tuple:
        raise _bad_arguments("Its `args` are not a tuple")
    if type(kwargs) is not tuple:
        raise _bad_arguments("Its `kwargs` are not a tuple of pairs")
    keywords: set[str] = set()
    for pair in cast("tuple[tuple[object, ...], ...]", kwargs):
        if type(pair) is not tuple or len(pair) != 2:  # noqa: PLR2004  # a pair
            raise _bad_arguments("Its `kwargs` hold something that is not a pair")
        name = _name("CallSource", "keyword", pair[0])
        if name in keywords:
            raise _bad_arguments(f"The keyword {name} is given twice")
        keywords.add(name)


def _bad_arguments(why: str) -> InvalidSourceError:
    what = "CallSource cannot use these arguments"
    return InvalidSourceError(what, why, "Make the call with source.call(*args, **kwargs)")


def _check_constant(value: object, owner: str) -> None:
    """Refuse a constant that code cannot hold, or that is too deep or too large."""
    if is_source(value):
        raise _not_a_constant(value, owner)
    _walk(value, owner)


def _walk(root: object, owner: str) -> None:
    """Refuse a tree that is too deep or too large; ends for any input, a cycle included."""
    found: list[tuple[object, int]] = [(root, 1)]
    for value, level in found:  # it grows meanwhile
        inside = _inside(value, owner)
        if inside is not None and level > MAX_DEPTH:
            raise InvalidSourceError(
                f"{owner} cannot be more than {MAX_DEPTH} levels deep",
                "Each source, tuple and frozenset around another is a level",
                "Bind what is deep inside to a variable, and start from that",
            )
        if len(found) + len(inside or ()) > MAX_SIZE:
            raise InvalidSourceError(
                f"{owner} cannot hold more than {MAX_SIZE} sources and constants",
                "Code has each of them as often as it occurs",
                "Bind what is large or occurs often to a variable, and start from that",
            )
        found.extend([(item, level + 1) for item in inside or ()])


def _inside(value: object, owner: str) -> tuple[object, ...] | frozenset[object] | None:
    """Return what a source, tuple or frozenset holds; None for any other constant."""
    if is_source(value):
        parts: object = value.parts
        if type(parts) is tuple:
            return parts
        raise InvalidSourceError(
            f"The parts of a {type_name(value)} are a {type_name(parts)}, not a tuple",
            "They tell how deep and how large the source is",
            "Return a tuple of sources and constants from the property parts",
        )
    if type(value) is tuple or type(value) is frozenset:
        items = cast("tuple[object, ...] | frozenset[object]", value)
        for item in filter(is_source, items):
            raise _not_a_constant(item, owner)
        return items
    # By identity: `in` would call the hash or the comparison that a metaclass may have.
    if any(type(value) is scalar for scalar in _SCALARS):
        return None
    if type(value) is int:
        if -INT_BOUND < value < INT_BOUND:
            return None
        raise InvalidSourceError(
            f"{owner} cannot hold an integer of more than 640 decimal digits",
            "Python may refuse to show a longer one",
            "Fetch it from where it is kept, or compute it there",
        )
    raise _not_a_constant(value, owner)


def _not_a_constant(value: object, owner: str) -> InvalidSourceError:
    return InvalidSourceError(
        f"{owner} cannot hold a value of type {type_name(value)} here",
        "Code can hold None, ..., bool, int, float, complex, str, bytes, and tuples and "
        "frozensets of these: exactly these types, no subclasses",
        "Convert it to one of these, or give a source that says where to fetch it",
    )


# --- names ---------------------------------------------------------------------------------

_OWNER: Final = "The code of a source"


class _ExpressionCodegen(Codegen):
    """Writes expressions as text, on a stack of texts.

    A name is written by the same `reconstruct` that writes the code, so the two always agree.
    """

    def __init__(self) -> None:
        self.stack: list[str] = []

    def __call__(self, source: Reconstructible) -> None:
        before = len(self.stack)
        super().__call__(source)
        if len(self.stack) != before + 1:
            raise _wrong_order(f"it leaves {len(self.stack) - before} values")

    def load_local(self, name: str) -> None:
        self.stack.append(_name(_OWNER, "local variable", name))

    def load_closure(self, name: str) -> None:
        self.stack.append(_name(_OWNER, "closure variable", name))

    def load_global(self, name: str) -> None:
        self.stack.append(_name(_OWNER, "global variable", name))

    def load_const(self, value: Constant) -> None:
        _check_constant(value, _OWNER)
        self.stack.append(_literal(value))

    def load_import(self, module: str) -> None:
        name = _name(_OWNER, "module", module, is_dotted=True)
        self.stack.append(f'import_module("{name}")')

    def get_attr(self, member: str) -> None:
        _name(_OWNER, "attribute", member)
        (base,) = self._pop(1)
        self.stack.append(f"{_primary(base)}.{member}")

    def get_item(self) -> None:
        base, key = self._pop(2)
        self.stack.append(f"{_primary(base)}[{key}]")

    def call(self, n_args: int, keywords: tuple[str, ...] = ()) -> None:
        names = [_name(_OWNER, "keyword", keyword) for keyword in keywords]
        values = self._pop(len(names))
        function, *args = self._pop(1 + n_args)
        args += [f"{name}={value}" for name, value in zip(names, values, strict=True)]
        self.stack.append(f"{_primary(function)}({', '.join(args)})")

    def _pop(self, count: int) -> list[str]:
        start = len(self.stack) - count
        if start < 0:
            raise _wrong_order("it uses a value before writing it")
        values = self.stack[start:]
        del self.stack[start:]
        return values


def _primary(text: str) -> str:
    # Python reads `1.real` as a bad number, and `-1[0]` as `-(1[0])`.
    return f"({text})" if text[0] in "-.0123456789" else text


def _wrong_order(what: str) -> CodegenError:
    return CodegenError(
        f"The code of a source is in a wrong order: {what}",
        "Each verb pops its operands and pushes one result, and a source leaves one value",
        "Correct the method reconstruct of the source's kind",
    )
