"""What an entry function calls its graph with."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias, final

from sidetable_source import Source

if TYPE_CHECKING:
    from sidetable_core.codegen.ast_codegen import AstCodegen
    from sidetable_core.codegen.scope import Scope


@final
class HandleInput:
    """The type of `HANDLE`, of which there is one.

    Example:
        >>> from sidetable_core import HANDLE, SideTable, resolve
        >>> from sidetable_source import LocalSource
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
"""Stands among the inputs of an entry function for the handle of the call's own frame.

So the graph gets a plain int, and code that shares no context with it, such as a callback or an
operator that runs in a thread of its own, can find the call's objects with `resolve`. Only an
entry function whose inputs have it binds by way of a frame, which costs a little more.
"""

Input: TypeAlias = Source | HandleInput


def call_graph(codegen: AstCodegen, scope: Scope, inputs: Sequence[Input] | None) -> ast.Call:
    """Returns the call of the graph: with the inputs, or with the function's own parameters."""
    if inputs is None:
        return scope.parameters.passed_on(scope.own("graph"))
    arguments: list[ast.expr] = []
    for given in inputs:
        if isinstance(given, HandleInput):
            arguments.append(ast.Attribute(scope.own("entered"), "handle", ast.Load()))
        else:
            codegen(given)
            arguments.append(codegen.finish())
    return ast.Call(scope.own("graph"), arguments, [])


def has_handle(inputs: Sequence[Input] | None) -> bool:
    """Returns whether the graph gets the handle of its frame."""
    return any(isinstance(given, HandleInput) for given in inputs or ())
