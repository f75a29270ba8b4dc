"""The statements of an entry function, as a syntax tree."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sidetable_core.codegen.ast_codegen import AstCodegen
    from sidetable_core.codegen.scope import Scope
    from sidetable_source import Codegen, Source


class Constructor(Protocol):
    """What writes one object's code; the table has one for each index."""

    @property
    def hold(self) -> Literal["weak", "frame"]:
        """How the object is held while it is bound."""

    def __call__(self, codegen: Codegen) -> None:
        """Write the code that puts the object on the stack."""


def fetch(
    codegen: AstCodegen, scope: Scope, constructors: Mapping[int, Constructor]
) -> list[ast.stmt]:
    """Return the statements that fetch every object once, in index order, into locals."""
    statements: list[ast.stmt] = []
    for index, constructor in constructors.items():
        constructor(codegen)
        target = scope.own(f"object_{index}", ast.Store())
        statements.append(ast.Assign([target], codegen.finish()))
    return statements


def run_bound(scope: Scope, count: int, held: Collection[int], call: ast.expr) -> list[ast.stmt]:
    """Return the statements that bind the fetched objects, run the graph, and restore.

    Only functions written in C are called around the graph, so that no interrupt can come
    between taking a binding off and having taken it off.
    """
    holds: list[ast.stmt] = []
    references: list[ast.expr] = []
    fetched: list[ast.expr] = []
    for index in range(count):
        local, reference = f"object_{index}", "reference"
        if index in held:
            hold = ast.Call(scope.own("Hold"), [scope.own(local)], [])
            local, reference = f"hold_{index}", "HoldReference"
            holds.append(ast.Assign([scope.own(local, ast.Store())], hold))
        references.append(ast.Call(scope.own(reference), [scope.own(local)], []))
        fetched.append(scope.own(local))
    binding = ast.Tuple([*references, scope.own("tail")], ast.Load())
    bind = ast.Assign([scope.own("found", ast.Store())], ast.Call(scope.own("bind"), [binding], []))
    refuse = ast.Raise(ast.Call(scope.own("not_weak_referenceable"), fetched, []), None)
    handler = ast.ExceptHandler(ast.Name("TypeError", ast.Load()), None, [refuse])
    restore = ast.Expr(ast.Call(scope.own("restore"), [scope.own("found")], []))
    return [
        *holds,
        ast.Try([bind], [handler], [], []) if references else bind,
        ast.Try([ast.Return(call)], [], [], [restore]),
    ]


def run_framed(scope: Scope, count: int, call: ast.expr) -> list[ast.stmt]:
    """Return the statements that do the same in a coroutine function.

    A coroutine can be closed in another context than it ran in, which only a frame can tell.
    """
    objects: list[ast.expr] = [scope.own(f"object_{index}") for index in range(count)]
    frame = ast.withitem(ast.Call(scope.own("frame"), objects, []), None)
    return [ast.With([frame], [ast.Return(ast.Await(call))])]


def call_graph(codegen: AstCodegen, scope: Scope, inputs: Sequence[Source] | None) -> ast.Call:
    """Return the call of the graph: with the inputs, or with the function's own parameters."""
    if inputs is None:
        return scope.parameters.passed_on(scope.own("graph"))
    arguments: list[ast.expr] = []
    for source in inputs:
        codegen(source)
        arguments.append(codegen.finish())
    return ast.Call(scope.own("graph"), arguments, [])
