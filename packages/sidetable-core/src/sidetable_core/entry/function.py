"""Making an entry function: the tree, its one compilation, and the function around it."""

from __future__ import annotations

import ast
import functools
import inspect
import keyword
import sys
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Final
from weakref import ref

from sidetable_core.binding.references import Hold, HoldReference
from sidetable_core.binding.store import not_weak_referenceable
from sidetable_core.codegen.ast_codegen import AstCodegen
from sidetable_core.codegen.scope import Scope
from sidetable_core.frames.frame import Frame
from sidetable_source import CodegenError, NotWeakReferenceableError

from .prologue import call_graph, fetch, run_bound, run_framed
from .text import locate, publish, withdraw_with

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sidetable_core.binding.state import TableState
    from sidetable_core.entry.prologue import Constructor
    from sidetable_source import Source

_FACTORY: Final = "factory"


def make_entry(
    state: TableState,
    constructors: Mapping[int, Constructor],
    graph: Callable[..., object],
    like: Callable[..., object],
    inputs: Sequence[Source] | None,
) -> FunctionType:
    """Return the entry function; see `SideTable.entry`."""
    function = _plain_function(like)
    scope = Scope(function)
    codegen = AstCodegen(scope)
    held = {index for index, constructor in constructors.items() if constructor.hold == "frame"}

    def refuse(*fetched: object) -> NotWeakReferenceableError:
        error = not_weak_referenceable(state, fetched, "entry")
        error.__cause__ = sys.exc_info()[1]
        return error

    scope.provide(
        {
            "graph": graph,
            "reference": ref,
            "Hold": Hold,
            "HoldReference": HoldReference,
            "tail": state.entry_tail,
            "bind": state.variable.set,
            "restore": state.variable.reset,
            "not_weak_referenceable": refuse,
            "frame": lambda *fetched: Frame(state, fetched, held),
        }
    )
    body = fetch(codegen, scope, constructors)
    call = call_graph(codegen, scope, inputs)
    is_coroutine = inspect.iscoroutinefunction(function)
    if is_coroutine:
        body += run_framed(scope, len(constructors), call)
    else:
        body += run_bound(scope, len(constructors), held, call)
    kind = ast.AsyncFunctionDef if is_coroutine else ast.FunctionDef
    name = function.__name__
    usable = name.isidentifier() and not keyword.iskeyword(name)
    tree = kind(
        name=name if usable else "entry",
        args=scope.parameters.definition(),
        body=body,
        decorator_list=[],
    )
    provided = scope.name_all()
    code = _compile(tree, [*provided, *function.__code__.co_freevars], function)
    return _assemble(code, scope, provided)


def _plain_function(like: Callable[..., object]) -> FunctionType:
    """Return `like` if an entry function can take its signature, globals and cells."""
    if not isinstance(like, FunctionType):
        raise CodegenError(
            f"`like` is a {type(like).__qualname__}, not a Python function",
            "an entry function takes over the signature, globals and cells of one",
            "pass the function itself: of a bound method `method.__func__`, of a decorated "
            "function what it wraps",
        )
    if inspect.isgeneratorfunction(like) or inspect.isasyncgenfunction(like):
        raise CodegenError(
            f"{like.__qualname__} is a generator function",
            "its frame would stay open across a `yield`, in the context of whoever drives it",
            "use a function that returns what it computed, or bind inside the generator between "
            "two yields",
        )
    return like


def _compile(
    tree: ast.FunctionDef | ast.AsyncFunctionDef, free: Sequence[str], like: FunctionType
) -> CodeType:
    """Compile the tree once, as a function that closes over the free names."""
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    locate(tree, ast.parse(text).body[0])
    factory = ast.FunctionDef(
        name=_FACTORY,
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
    filename = publish(text, like.__qualname__)
    code: CodeType = compile(module, filename, "exec", dont_inherit=True)
    for _ in (_FACTORY, tree.name):
        code = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    code = code.replace(co_name=like.__code__.co_name, co_qualname=like.__code__.co_qualname)
    withdraw_with(code)
    return code


def _assemble(code: CodeType, scope: Scope, provided: Mapping[str, object]) -> FunctionType:
    """Return the function for the code, with all that people see of `like`."""
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
