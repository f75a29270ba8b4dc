"""Making an entry function: the tree, its one compilation, and the function around it."""

from __future__ import annotations

import ast
import functools
import inspect
import keyword
import sys
from functools import partial
from types import CodeType, FunctionType
from typing import TYPE_CHECKING
from weakref import ref

from sidetable_core.binding.references import DEAD, Hold, HoldReference
from sidetable_core.binding.store import not_weak_referenceable
from sidetable_core.binding.variables import number_of
from sidetable_core.codegen.ast_codegen import AstCodegen
from sidetable_core.codegen.scope import Scope
from sidetable_core.frames.frame import Frame
from sidetable_core.frames.holding import hold_objects
from sidetable_source import CodegenError, NotWeakReferenceableError
from sidetable_source.errors import printable

from .inputs import call_graph, has_handle
from .prologue import fetch, run_bound, run_framed
from .text import add_note, locate, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from sidetable_core.binding.state import TableState

    from .inputs import Input
    from .prologue import Constructor


def make_entry(
    state: TableState,
    constructors: Mapping[int, Constructor],
    graph: Callable[..., object],
    like: Callable[..., object],
    inputs: Sequence[Input] | None,
) -> FunctionType:
    """Returns the entry function; see `SideTable.entry`."""
    function = _plain_function(like)
    scope = Scope(function)
    codegen = AstCodegen(scope)
    held = {index for index, constructor in constructors.items() if constructor.hold == "frame"}
    fetching = fetch(codegen, scope, constructors)
    call = call_graph(codegen, scope, inputs)
    is_coroutine = inspect.iscoroutinefunction(function)
    scope.provide(
        {
            "graph": graph,
            "bind": state.variable.set,
            "bound": state.variable.get,
            "restore": state.variable.reset,
            "anchor": state.anchor,
            # Before the first call, whose references are to be found there, nobody's.
            "latest": [(DEAD,) * (len(constructors) - len(held))],
            "reference": ref,
            "Hold": Hold,
            "HoldReference": HoldReference,
            "TypeError": TypeError,
            "Exception": Exception,
            "not_weak_referenceable": partial(_refused, state),
            "frame": partial(_frame, state, held),
            "add_note": partial(add_note, fetching.lines),
        }
    )
    named = has_handle(inputs)
    if is_coroutine or named:
        running_graph = ast.Await(call) if is_coroutine else call
        running = run_framed(scope, len(constructors), running_graph, named=named)
    else:
        running = run_bound(scope, len(constructors), held, call)
    name = function.__name__
    usable = name.isidentifier() and not keyword.iskeyword(name)
    tree = (ast.AsyncFunctionDef if is_coroutine else ast.FunctionDef)(
        name=name if usable else "entry",
        args=scope.parameters.definition(),
        body=[*fetching.statements, *running],
        decorator_list=[],
    )
    inner = scope.own("entry")
    provided = scope.name_all()
    label = printable(function.__qualname__)
    filename = f"<sidetable entry {label} {number_of(state.anchor)}.{next(state.entry_numbers)}>"
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    locate(tree, ast.parse(text).body[0])
    # Under a name of ours: its own name may mean a global variable inside.
    tree.name = inner.id
    code = _compile(tree, [*provided, *function.__code__.co_freevars], filename)
    code = code.replace(
        co_name=function.__code__.co_name, co_qualname=function.__code__.co_qualname
    )
    publish(text, code)
    return _assemble(code, scope, provided)


def _frame(state: TableState, held: Container[int], *objects: object) -> Frame:
    """Returns the frame of one call."""
    holding = hold_objects(state, objects, held, "entry")
    return Frame(state, holding.owned, holding.references)


def _refused(state: TableState, *fetched: object) -> NotWeakReferenceableError:
    """Returns the error for an object that was fetched and can not be weakly referenced."""
    error = not_weak_referenceable(state, fetched, "entry")
    error.__cause__ = sys.exc_info()[1]
    return error


def _plain_function(like: Callable[..., object]) -> FunctionType:
    """Returns `like` if an entry function can take its signature, globals and cells."""
    if not isinstance(like, FunctionType):
        raise CodegenError(
            f"`like` is a {type(like).__qualname__}, not a Python function",
            "An entry function takes over the signature, globals and cells of one",
            "Pass the function itself: of a bound method `method.__func__`, of a decorated "
            "function what it wraps",
        )
    if inspect.isgeneratorfunction(like) or inspect.isasyncgenfunction(like):
        raise CodegenError(
            f"{like.__qualname__} is a generator function",
            "Its frame would stay open across a `yield`, in the context of whoever drives it",
            "Use a function that returns what it computed, or bind inside the generator between "
            "two yields",
        )
    return like


def _compile(
    tree: ast.FunctionDef | ast.AsyncFunctionDef, free: Sequence[str], filename: str
) -> CodeType:
    """Compiles the tree once, as a function that closes over the free names."""
    factory = ast.FunctionDef(
        name="factory",
        args=ast.arguments(
            posonlyargs=[],
            args=[ast.arg(name) for name in dict.fromkeys(free)],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        ),
        body=[tree],
        decorator_list=[],
    )
    module = ast.fix_missing_locations(ast.Module([factory], []))
    code: CodeType = compile(module, filename, "exec", dont_inherit=True)
    for _ in ("factory", "entry"):
        code = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return code


def _assemble(code: CodeType, scope: Scope, provided: Mapping[str, object]) -> FunctionType:
    """Returns the function for the code, with all that people see of `like`."""
    like = scope.like
    entry = FunctionType(
        code,
        like.__globals__,
        like.__name__,
        like.__defaults__,
        scope.cells(code.co_freevars, provided),
    )
    entry.__kwdefaults__ = like.__kwdefaults__
    for attribute in functools.WRAPPER_ASSIGNMENTS:
        setattr(entry, attribute, getattr(like, attribute))
    return entry
