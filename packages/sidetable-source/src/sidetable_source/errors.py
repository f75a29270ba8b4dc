"""Every error of the project, each with its own stable code.

`SideTableError` is the parent of all. Each is also a child of the builtin that a caller would
guess. An error takes facts and keeps them as attributes; its text says what happened, why, and
what to do. `ST1xx` are about sources and code, `ST2xx` about registering and binding, `ST3xx`
about looking up, `ST4xx` about frames and handles. The documentation has an example of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, NoReturn, cast


class SideTableError(Exception):
    """The parent of every error of the project; never raised itself.

    Catch it to catch all of them. A child takes facts, keeps each as an attribute under the name
    of the parameter, and makes its text only when asked. An error holds text and numbers, never
    the objects that it is about, and it pickles.

    Attributes:
        code: The stable code of the class. A code is never given to another error.

    Example:
        >>> from sidetable_source import LocalSource
        >>> try:
        ...     LocalSource("not a name")
        ... except SideTableError as error:
        ...     print(error.code, error.anchor)
        ST101 st101
    """

    code: ClassVar[str] = "ST000"

    @property
    def anchor(self) -> str:
        """The code as the anchor of its section in the documentation's page of errors."""
        return self.code.lower()

    def __str__(self) -> str:
        """Return `[CODE]`, what happened, why, and what to do about it, on one line."""
        sentences = (_sentence(part) for part in self._sentences())
        return " ".join([f"[{self.code}]", *filter(None, sentences)])

    def _sentences(self) -> tuple[str, ...]:
        """Return the parts of the text in order; an empty one is left out."""
        return self.args


# --- sources and code ----------------------------------------------------------------------


class _RefusalError(SideTableError):
    def __init__(self, what: str, why: str, hint: str) -> None:
        super().__init__(what, why, hint)
        self.what = what
        self.why = why
        self.hint = hint


class InvalidSourceError(_RefusalError, ValueError):
    """A source cannot be made from what it was given.

    Raised when a source is made or unpickled, never while code is compiled.

    Args:
        what: What happened.
        why: Why that is refused.
        hint: What to do.

    Example:
        >>> from sidetable_source import LocalSource
        >>> LocalSource("class")
        Traceback (most recent call last):
        sidetable_source.errors.InvalidSourceError: [ST101] LocalSource cannot use "class" as \
its local_name. It is a keyword. Give one plain Python name, as it stands in the code.
    """

    code: ClassVar[str] = "ST101"


class CodegenError(_RefusalError, ValueError):
    """A codegen was asked for code that cannot be written.

    Args:
        what: What happened.
        why: Why that makes no code.
        hint: What to do.
    """

    code: ClassVar[str] = "ST102"


# --- registering and binding ---------------------------------------------------------------


class Unsupported(SideTableError, RuntimeError):  # noqa: N818  # PyTorch's own name for it
    """A tracer met something that it cannot put into a graph.

    Its facts are what `unimplemented` takes. They and their names are PyTorch's, so that a tracer
    can report both alike.
    """

    code: ClassVar[str] = "ST201"

    def __init__(
        self, gb_type: str, context: str, explanation: str, hints: Sequence[str] = ()
    ) -> None:
        hints = tuple(hints)
        super().__init__(gb_type, context, explanation, hints)
        self.gb_type = gb_type
        self.context = context
        self.explanation = explanation
        self.hints = hints

    def _sentences(self) -> tuple[str, ...]:
        context = f" ({printable(self.context)})" if self.context else ""
        return (printable(self.gb_type) + context, self.explanation, *self.hints)


def unimplemented(
    *,
    gb_type: str,
    context: str,
    explanation: str,
    hints: Sequence[str] = (),
    from_exc: BaseException | None = None,
) -> NoReturn:
    """Raise `Unsupported`: give up on something while tracing.

    Args:
        gb_type: The short, constant name of the case.
        context: What was met, this time.
        explanation: Why it is not supported.
        hints: What to do, one sentence each.
        from_exc: The error that is the cause, if there is one.

    Raises:
        Unsupported: Always; its `__cause__` is `from_exc`.

    Example:
        >>> unimplemented(gb_type="Generator", context="f", explanation="It has no end")
        Traceback (most recent call last):
        sidetable_source.errors.Unsupported: [ST201] Generator (f). It has no end.
    """
    error = Unsupported(gb_type, context, explanation, hints)
    if from_exc is None:
        raise error
    raise error from from_exc


class NotWeakReferenceableError(SideTableError, TypeError):
    """A table was given an object that it cannot hold weakly.

    Args:
        type_name: The name of the object's type.
        table: The table's display name.
        index: The index that the object was meant for, if there is one.
        operation: What was being done: `store`, `set`.
    """

    code: ClassVar[str] = "ST202"

    def __init__(
        self, type_name: str, table: str, index: int | None = None, operation: str = "store"
    ) -> None:
        super().__init__(type_name, table, index, operation)
        self.type_name = type_name
        self.table = table
        self.index = index
        self.operation = operation

    def _sentences(self) -> tuple[str, ...]:
        kind = printable(self.type_name)
        where = "" if self.index is None else f" at index {printable(self.index)}"
        article = "an" if kind[:1].lower() in "aeiou" else "a"
        what = f"{printable(self.operation)}() on table {printable(self.table)}"
        return (
            f"{what} cannot hold the {kind}{where}",
            f"A table holds objects weakly, and {article} {kind} cannot be weakly referenced",
            "Put it into an object that can be weakly referenced",
            'Or register it with hold="frame", and bind it in a frame or an entry function',
        )


# --- looking up ----------------------------------------------------------------------------
# Each is a child of `AssertionError` too, because callers of PyTorch's table catch that. They are
# raised by `raise`, so they are the same under `python -O`.

_WHY_NO_BINDING: Final = (
    "A binding belongs to the context that made it, and a new thread starts without one"
)
_HOW_TO_CARRY_OVER: Final = (
    "Or carry a binding over from where there is one: enter its snapshot() here, resolve() the "
    "handle of its frame, or run this code in a copy of that context"
)


class IndexNotRegisteredError(SideTableError, LookupError, AssertionError):
    """An index was looked up that the table never gave a meaning.

    Args:
        index: The index.
        table: The table's display name.
        registered: How many indices the table has registered.
        bound: How many are bound in this context.
    """

    code: ClassVar[str] = "ST301"

    def __init__(self, index: int, table: str, registered: int = 0, bound: int = 0) -> None:
        super().__init__(index, table, registered, bound)
        self.index = index
        self.table = table
        self.registered = registered
        self.bound = bound

    def _sentences(self) -> tuple[str, ...]:
        index, table = printable(self.index), printable(self.table)
        registered, bound = printable(self.registered), printable(self.bound)
        return (
            f"Index {index} of table {table} was never registered or bound",
            f"The table has {registered} registered and {bound} bound indices, counted from 0",
            "Register the object, or bind enough objects with store() or a frame",
        )


class NoBindingError(SideTableError, LookupError, AssertionError):
    """A context looked an index up, or asked for its binding, and has none.

    Args:
        table: The table's display name.
        index: The index that was looked up, if there is one.
        source: The name of the source that the index was registered with.
        reason: Why this context has no binding, if more is known than that.
        site: The file and line where the index was registered.
        kind: What the index was registered as.
    """

    code: ClassVar[str] = "ST302"

    def __init__(
        self,
        table: str,
        index: int | None = None,
        source: str | None = None,
        reason: str = "",
        site: str | None = None,
        kind: str = "",
    ) -> None:
        super().__init__(table, index, source, reason, site, kind)
        self.table = table
        self.index = index
        self.source = source
        self.reason = reason
        self.site = site
        self.kind = kind

    def _sentences(self) -> tuple[str, ...]:
        known = _known(self.kind, "", self.source, self.site)
        lost = "has no binding"
        if self.index is not None:
            lost = f"binds nothing to index {printable(self.index)}{known}"
        return (
            f"Table {printable(self.table)} {lost} in this context",
            self.reason or _WHY_NO_BINDING,
            "Bind the objects here with store() or a frame, or call an entry function",
            _HOW_TO_CARRY_OVER,
        )


class ObjectNotAliveError(SideTableError, ReferenceError, AssertionError):
    """An index was looked up whose object has died.

    Args:
        index: The index.
        table: The table's display name.
        source: The name of the source that the index was registered with.
        type_name: The name of the type that the object had.
        site: The file and line where the index was registered.
        kind: What the index was registered as.
    """

    code: ClassVar[str] = "ST303"

    def __init__(
        self,
        index: int,
        table: str,
        source: str | None = None,
        type_name: str | None = None,
        site: str | None = None,
        kind: str = "",
    ) -> None:
        super().__init__(index, table, source, type_name, site, kind)
        self.index = index
        self.table = table
        self.source = source
        self.type_name = type_name
        self.site = site
        self.kind = kind

    def _sentences(self) -> tuple[str, ...]:
        known = _known(self.kind, self.type_name, self.source, self.site)
        table = printable(self.table)
        return (
            f"The object at index {printable(self.index)} of table {table}{known} has died",
            "A table holds objects weakly, and nothing else kept this one",
            "Keep a reference to it for as long as the graph may run",
            "Or bind it in a frame or an entry function, which hold it",
        )


def _known(kind: str, type_name: str | None, source: str | None, site: str | None) -> str:
    """Return what a registration says about an index, in parentheses."""
    what = " of type ".join(printable(fact) for fact in (kind, type_name) if fact)
    origin = source and f"from {printable(source)}"
    known = ", ".join(filter(None, (what, origin, site and f"registered at {printable(site)}")))
    return f" ({known})" if known else ""


# --- frames and handles --------------------------------------------------------------------


class FrameError(SideTableError, RuntimeError):
    """A frame was entered or left where it cannot be.

    Args:
        what: What happened.
        why: Why that is refused.
        hint: What to do.
        table: The table's display name.
    """

    code: ClassVar[str] = "ST401"

    def __init__(self, what: str, why: str, hint: str, table: str = "") -> None:
        super().__init__(what, why, hint, table)
        self.what = what
        self.why = why
        self.hint = hint
        self.table = table

    def _sentences(self) -> tuple[str, ...]:
        table = f"Table {printable(self.table)}: " if self.table else ""
        return (table + printable(self.what, 1000), self.why, self.hint)


class StaleHandleError(SideTableError, LookupError):
    """A handle was used whose frame has ended.

    Args:
        handle: The handle.
        table: The display name of the table that it was of.
    """

    code: ClassVar[str] = "ST402"

    def __init__(self, handle: int, table: str = "") -> None:
        super().__init__(handle, table)
        self.handle = handle
        self.table = table

    def _sentences(self) -> tuple[str, ...]:
        table = f" of table {printable(self.table)}" if self.table else ""
        return (
            f"Handle {printable(self.handle)}{table} is stale",
            "It names a frame that has ended",
            "Resolve a handle only while its frame is open, and take a new one for every call",
        )


class UnknownHandleError(SideTableError, LookupError):
    """A number was used as a handle that never was one.

    Args:
        handle: The number.
    """

    code: ClassVar[str] = "ST403"

    def __init__(self, handle: int) -> None:
        super().__init__(handle)
        self.handle = handle

    def _sentences(self) -> tuple[str, ...]:
        return (
            f"{printable(self.handle)} is not a handle",
            "No frame of this process was ever given it",
            "Pass on the number that a frame's handle is, unchanged",
        )


class WrongTableError(SideTableError, LookupError):
    """A handle was resolved by a table that it does not belong to.

    Args:
        handle: The handle.
        table: The display name of the table that was asked.
        owner: The display name of the table that the handle is of.
    """

    code: ClassVar[str] = "ST404"

    def __init__(self, handle: int, table: str, owner: str) -> None:
        super().__init__(handle, table, owner)
        self.handle = handle
        self.table = table
        self.owner = owner

    def _sentences(self) -> tuple[str, ...]:
        return (
            f"Handle {printable(self.handle)} is not of table {printable(self.table)}",
            f"It names a frame of table {printable(self.owner)}",
            "Ask that table, or use the function resolve(), which finds the table of any handle",
        )


# --- text that is safe to show -------------------------------------------------------------

# Python can be told to convert integers to text only up to a number of digits, but never to fewer
# than 640: a longer one could be held, and perhaps not be shown.
INT_BOUND: Final = 10**640
_MODULE_OF: Final = type.__dict__["__module__"]
_QUALNAME_OF: Final = type.__dict__["__qualname__"]


def printable(text: object, limit: int = 200) -> str:
    r"""Return one line of text that a terminal and a log can show.

    Printable Unicode stays, and everything else becomes a Python escape. No code of the value
    runs: a `str` or `int` of a subclass is read as the plain one, a number that is too long for
    decimal digits is written in hexadecimal, and any other value is named by its type. Text of more
    than `limit` characters is cut, at a cost that does not grow with its length.

    Example:
        >>> print(printable("caf\u00e9\n\x1b[31m"))
        café\n\x1b[31m
        >>> printable("a" * 1000, limit=10)
        'aaaaaaa...'
    """
    exact = _exact(text)
    if len(exact) <= limit and exact.isprintable():
        return exact
    shown = kept = ""
    for character in exact[: limit + 1]:
        shown += character if character.isprintable() else repr(character)[1:-1]
        if len(shown) <= limit - len("..."):
            kept = shown
    return shown if len(shown) <= limit else (kept + "...")[:limit]


def type_name(value: object) -> str:
    """Return the qualified name of a value's type, after its module unless it is a builtin.

    Asks neither the value nor its metaclass, so a type cannot lie about its name.

    Example:
        >>> from decimal import Decimal
        >>> type_name(Decimal(1)), type_name(3)
        ('decimal.Decimal', 'int')
    """
    kind = type(value)
    module = _MODULE_OF.__get__(kind)
    qualname = str.__str__(_QUALNAME_OF.__get__(kind))
    if type(module) is not str or module == "builtins":
        return qualname
    return f"{module}.{qualname}"


def _sentence(text: object) -> str:
    """Return the text as one printable sentence that ends in a full stop; "" for no text."""
    shown = printable(text, 1000).strip()
    return shown if not shown or shown[-1] in ".!?" else shown + "."


def _exact(text: object) -> str:
    kind = type(text)
    if issubclass(kind, str):
        return str.__str__(cast("str", text))
    if issubclass(kind, int):
        number = int.__pos__(cast("int", text))
        return int.__repr__(number) if -INT_BOUND < number < INT_BOUND else hex(number)
    return f"<{type_name(text)}>"
