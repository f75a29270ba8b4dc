"""Entry functions: generated code that fetches objects, binds them, runs a graph, and restores."""

# `sys._getframe` is the documented way to a frame.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import ast
import functools
import inspect
import keyword
import linecache
import sys
import threading
import weakref
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import CodeType, FunctionType
from typing import ClassVar, Final, Literal, TypeAlias, cast, final

from sidetable_source import Codegen, CodegenError, Source
from sidetable_source.errors import printable

from ._binding import (
    ENTRY_FILENAME,
    ConstructFunction,
    Held,
    TableState,
    bind_in,
    origin_text,
)
from ._codegen import AstCodegen, Scope
from ._frames import Frame, check_callable, is_a
from ._variables import number_of


@final
@dataclass(frozen=True, slots=True)
class SourceConstructor:
    """Writes the code that fetches a user object again. Holds the source, never the object.

    Attributes:
        index: The index that the object was registered at.
        source: The source that it was registered with.
        hold: How the object is held while it is bound: `"weak"` or `"frame"`.
    """

    index: int
    source: Source
    hold: Literal["weak", "frame"]

    def __call__(self, codegen: Codegen) -> None:
        """Write the source into a codegen."""
        codegen(self.source)


@final
@dataclass(frozen=True, slots=True)
class GraphConstructor:
    """Writes the code that makes a graph-created object. Holds its construct function.

    Attributes:
        index: The index that the object was registered at.
        construct_fn: The construct function that it was registered with.
        hold: How the object is held while it is bound: always weakly.
    """

    index: int
    construct_fn: ConstructFunction
    hold: ClassVar[Literal["weak"]] = "weak"

    def __call__(self, codegen: Codegen) -> None:
        """Call the construct function with the index and the codegen."""
        self.construct_fn(self.index, codegen)


Constructor: TypeAlias = SourceConstructor | GraphConstructor


@final
class HandleInput:
    """The type of `HANDLE`, of which there is only one.

    Example:
        >>> from sidetable_core import HANDLE, LocalSource, SideTable, resolve
        >>> class Pool: ...
        >>> def like(pool): ...
        >>> table = SideTable()
        >>> index = table.register_user_object(Pool(), LocalSource("pool"))
        >>> entry = table.entry(lambda handle: resolve(handle, index), like=like, inputs=[HANDLE])
        >>> pool = Pool()
        >>> entry(pool) is pool
        True
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "HANDLE"

    def __reduce__(self) -> str:
        # Copied and pickled by name, so that it stays the only one.
        return "HANDLE"


HANDLE: Final = HandleInput()
"""Among the inputs of an entry function, stands for the handle of the call's own frame.

The graph gets a plain int, and code that shares no context with it, such as a callback or an
operator that runs in a thread of its own, finds the call's objects with `resolve`. Only an entry
function whose inputs have it binds by way of a frame, which costs a little more.
"""

Input: TypeAlias = Source | HandleInput

# Several threads may make entry functions at once, and on Python 3.11 parsing or compiling in two
# threads at the same time can raise SystemError (CPython issue 106905). Reentrant: a finalizer that
# runs in the middle may make one as well.
_COMPILING: Final = threading.RLock()


def make_entry(
    state: TableState,
    constructors: Mapping[int, Constructor],
    graph: Callable[..., object],
    like: Callable[..., object],
    inputs: Sequence[Input] | None,
) -> FunctionType:
    """Return the entry function of these constructors; see `SideTable.entry`."""
    function = _plain_function(like)
    is_coroutine = inspect.iscoroutinefunction(function)
    scope = Scope(function)
    codegen = AstCodegen(scope)
    fetches: dict[int, ast.stmt] = {}
    for index, constructor in constructors.items():
        value = _written(codegen, index, constructor)
        fetches[index] = _assign(scope, f"object_{index}", value)
    held = [index for index, constructor in constructors.items() if constructor.hold == "frame"]
    note_at = {
        line: f"while fetching the object of index {index}: {printable(_origin(constructor))}"
        for line, (index, constructor) in enumerate(constructors.items(), _FIRST_FETCH)
    }
    # A coroutine can be closed in another context than it ran in, which only a frame notices, and
    # only a frame has a handle.
    needs_frame = is_coroutine or any(isinstance(given, HandleInput) for given in inputs or ())
    make = _bind_framed if needs_frame else bind_in
    bind, restore = make(state, tuple(constructors), held, partial(_add_note, note_at))
    check_callable(graph, "a graph")
    if is_coroutine:
        graph = _awaitable(graph)
    scope.provide({"graph": graph, "bind": bind, "restore": restore})
    call = _graph_call(codegen, scope, inputs)
    name = function.__name__
    usable = name.isidentifier() and not keyword.iskeyword(name)
    tree = (ast.AsyncFunctionDef if is_coroutine else ast.FunctionDef)(
        name=name if usable else "entry",
        args=scope.parameters,
        body=_body(scope, fetches, ast.Await(call) if is_coroutine else call),
        decorator_list=[],
    )
    own_name = scope.own("entry")
    provided = scope.name_all()
    label = f"{printable(function.__qualname__)} {number_of(state.anchor)}"
    filename = f"{ENTRY_FILENAME}{label}.{next(state.entry_numbers)}>"
    free = [*provided, *function.__code__.co_freevars]
    # On one line: if an interrupt could come between the block and its end, the lock would stay.
    with _COMPILING: text, code = _compile(tree, own_name.id, free, filename)  # fmt: skip  # noqa: E701
    code = code.replace(
        co_name=function.__code__.co_name, co_qualname=function.__code__.co_qualname
    )
    _publish(text, code)
    entry = FunctionType(
        code,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        scope.cells(code.co_freevars, provided),
    )
    entry.__kwdefaults__ = function.__kwdefaults__
    for attribute in functools.WRAPPER_ASSIGNMENTS:
        setattr(entry, attribute, getattr(function, attribute))
    vars(entry)["sources"] = tuple(
        each.source for each in constructors.values() if isinstance(each, SourceConstructor)
    )
    return entry


# --- what is refused -----------------------------------------------------------------------


def _plain_function(like: object) -> FunctionType:
    """Return `like` if an entry function can take its signature, globals and cells."""
    if not isinstance(like, FunctionType):
        raise CodegenError(
            f"`like` is a {type(like).__qualname__}, not a Python function",
            "An entry function takes over the signature, globals and cells of one",
            "Pass the function itself: of a bound method `method.__func__`, of a decorated "
            "function `inspect.unwrap(function)`",
        )
    if inspect.isgeneratorfunction(like) or inspect.isasyncgenfunction(like):
        raise CodegenError(
            f"{like.__qualname__} is a generator function",
            "Its frame would stay open across a `yield`, in the context of whoever drives it",
            "Use a function that returns what it computed, or bind inside the generator between "
            "two yields",
        )
    return like


def _awaitable(graph: Callable[..., object]) -> Callable[..., object]:
    """Return the graph as something that a coroutine can await.

    A graph that is not a coroutine function may still return an awaitable. If it returns anything
    else, the coroutine returns that.
    """
    if is_a(graph, inspect.iscoroutinefunction):
        return graph
    if is_a(graph, inspect.isgeneratorfunction, inspect.isasyncgenfunction):
        raise CodegenError(
            "`like` is a coroutine function, and the graph is a generator function",
            "The entry function awaits its graph, and a generator cannot be awaited",
            "Pass a coroutine function as the graph",
        )

    @functools.wraps(graph)
    async def awaited(*args: object, **kwargs: object) -> object:
        result = graph(*args, **kwargs)
        if isinstance(result, Awaitable):
            return await cast("Awaitable[object]", result)
        return result

    return awaited


def _written(codegen: AstCodegen, index: int, constructor: Constructor) -> ast.expr:
    """Return the code of one object, or raise an error that names its index."""
    try:
        constructor(codegen)
        return codegen.finish()
    except CodegenError as error:
        origin = _origin(constructor)
        what = f"The code of index {index} ({origin}) cannot be written: {error.what}"
        raise CodegenError(what, error.why, error.hint) from error


def _origin(constructor: Constructor) -> str:
    """Return the name of the source or construct function."""
    if isinstance(constructor, GraphConstructor):
        return origin_text(constructor.construct_fn)
    return origin_text(constructor.source)


# --- the statements ------------------------------------------------------------------------


def _graph_call(codegen: AstCodegen, scope: Scope, inputs: Sequence[Input] | None) -> ast.Call:
    """Return the call of the graph: with the inputs, or with the function's own parameters."""
    if inputs is None:
        return _passed_on(scope.parameters, scope.own("graph"))
    arguments: list[ast.expr] = []
    for given in inputs:
        if isinstance(given, HandleInput):
            arguments.append(ast.Attribute(scope.own("token"), "handle", ast.Load()))
        else:
            codegen(given)
            arguments.append(codegen.finish())
    return ast.Call(scope.own("graph"), arguments, [])


def _passed_on(parameters: ast.arguments, function: ast.expr) -> ast.Call:
    """Return the code that calls a function with exactly what these parameters received."""
    arguments: list[ast.expr] = [_read(each) for each in parameters.posonlyargs + parameters.args]
    if parameters.vararg is not None:
        arguments.append(ast.Starred(_read(parameters.vararg), ast.Load()))
    keywords = [ast.keyword(each.arg, _read(each)) for each in parameters.kwonlyargs]
    if parameters.kwarg is not None:
        keywords.append(ast.keyword(None, _read(parameters.kwarg)))
    return ast.Call(function, arguments, keywords)


def _read(parameter: ast.arg) -> ast.expr:
    return ast.Name(parameter.arg, ast.Load())


def _assign(scope: Scope, name: str, value: ast.expr) -> ast.stmt:
    """Return the statement that assigns a value to a name of ours."""
    return ast.Assign([scope.own(name, ast.Store())], value)


_FIRST_FETCH: Final = 4
"""The line of the first object's code; each of the others has the next."""


def _body(scope: Scope, fetches: Mapping[int, ast.stmt], call: ast.expr) -> list[ast.stmt]:
    """Return the statements that fetch and bind the objects, run the graph, and restore.

    `restore` is called with None if fetching has failed. It then adds the note that says which
    object was being fetched.
    """
    objects: list[ast.expr] = [scope.own(f"object_{index}") for index in fetches]
    bind = _assign(scope, "token", ast.Call(scope.own("bind"), objects, []))
    restore = ast.Expr(ast.Call(scope.own("restore"), [scope.own("token")], []))
    return [
        _assign(scope, "token", ast.Constant(None)),
        ast.Try([*fetches.values(), bind, ast.Return(call)], [], [], [restore]),
    ]


# --- at run time ---------------------------------------------------------------------------


def _bind_framed(
    state: TableState, indices: Sequence[int], held: Sequence[int], failed: Callable[[], None]
) -> tuple[Callable[..., Frame], Callable[[Frame | None], None]]:
    """Return `bind` and `restore` as `bind_in` does, by way of a frame."""

    def bind(*objects: object) -> Frame:
        references = state.references_to(objects, indices, held, Held, "entry")
        return Frame(state, objects, tuple(references)).__enter__()

    def restore(frame: Frame | None) -> None:
        if frame is None:
            failed()
            return
        error = _passing_error()
        frame.__exit__(None if error is None else type(error), error, None)

    return bind, restore


def _passing_error() -> BaseException | None:
    """Return the error that passes through the generated code that called our caller.

    Not one that somebody handles who has called the entry function meanwhile.
    """
    error = sys.exception()
    traceback = None if error is None else error.__traceback__
    code_frame = sys._getframe(2)  # noqa: SLF001
    return error if traceback is not None and traceback.tb_frame is code_frame else None


def _add_note(note_at: Mapping[int, str]) -> None:
    """Add a note to the error that comes out of fetching: which index, and from where."""
    error = sys.exception()
    if not isinstance(error, Exception) or error.__traceback__ is None:
        return
    # The traceback begins in the generated code.
    note = note_at.get(error.__traceback__.tb_lineno)
    # An error that is raised again and again is told once, and one that refuses notes goes on
    # without.
    with suppress(Exception):
        if note is not None and note not in getattr(error, "__notes__", ()):
            error.add_note(note)


# --- text and code -------------------------------------------------------------------------


def _compile(
    tree: ast.FunctionDef | ast.AsyncFunctionDef, name: str, free: Sequence[str], filename: str
) -> tuple[str, CodeType]:
    """Return the text of an entry function, and its code.

    The code is that of the text, so tracebacks and debuggers show the lines that run. It closes
    over the free names, and has another name inside, because its own may mean a global variable
    there.
    """
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    module = ast.parse(text)
    definition = cast("ast.FunctionDef", module.body[0])
    definition.name = name
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(name) for name in dict.fromkeys(free)],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    module.body = [ast.FunctionDef("factory", arguments, [definition], [])]
    code: CodeType = compile(ast.fix_missing_locations(module), filename, "exec", dont_inherit=True)
    for _ in ("factory", "entry"):
        code = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return text, code


def _publish(text: str, code: CodeType) -> None:
    """Make the text readable for tracebacks, debuggers and `inspect.getsource`.

    Nothing else has the code's file name. The text goes when the code does.
    """
    # No time of modification: `linecache` then never looks for the file on a disk.
    entry = (len(text), None, text.splitlines(keepends=True), code.co_filename)
    linecache.cache[code.co_filename] = entry
    finalizer = weakref.finalize(code, linecache.cache.pop, code.co_filename, None)
    finalizer.atexit = False
