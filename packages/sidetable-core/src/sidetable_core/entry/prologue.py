"""The statements of an entry function, as a syntax tree."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, final

from sidetable_core.binding.tails import OPEN
from sidetable_source import CodegenError

if TYPE_CHECKING:
    from abc import abstractmethod
    from collections.abc import Collection, Mapping, Sequence
    from typing import Literal, Protocol

    from sidetable_core.codegen.ast_codegen import AstCodegen
    from sidetable_core.codegen.scope import Scope
    from sidetable_source import Codegen

    class Constructor(Protocol):
        """What writes one object's code; the table has one for each index."""

        @property
        @abstractmethod
        def origin(self) -> str:
            """The name of the source or construct function."""

        @property
        @abstractmethod
        def hold(self) -> Literal["weak", "frame"]:
            """How the object is held while it is bound."""

        def __call__(self, codegen: Codegen) -> None:
            """Writes the code that puts the object on the stack."""


@final
class Fetching:
    """The statements that fetch the objects, and which of them fetches which."""

    __slots__ = ("lines", "statements")

    def __init__(self, statements: list[ast.stmt], lines: dict[int, tuple[ast.stmt, str]]) -> None:
        self.statements: Final = statements
        self.lines: Final = lines


def fetch(codegen: AstCodegen, scope: Scope, constructors: Mapping[int, Constructor]) -> Fetching:
    """Returns the statements that fetch every object once, in index order, into locals.

    Raises:
        CodegenError: If a constructor's code is not the code for one value.
    """
    lines: dict[int, tuple[ast.stmt, str]] = {}
    for index, constructor in constructors.items():
        try:
            constructor(codegen)
            value = codegen.finish()
        except CodegenError as error:
            raise CodegenError(
                f"The code of index {index} ({constructor.origin}) can not be written: "
                f"{error.what}",
                error.why,
                error.hint,
            ) from error
        lines[index] = (assign(scope, f"object_{index}", value), constructor.origin)
    fetches = [statement for statement, _ in lines.values()]
    if not fetches:
        return Fetching([], lines)
    note = ast.Expr(ast.Call(scope.own("add_note"), [scope.own("error")], []))
    handler = scope.own_handler(scope.own("Exception"), "error", [note, ast.Raise()])
    return Fetching([ast.Try(fetches, [handler], [], [])], lines)


def run_bound(scope: Scope, count: int, held: Collection[int], call: ast.expr) -> list[ast.stmt]:
    """Returns the statements that bind the fetched objects, run the graph, and restore.

    Around the graph they call only functions written in C. An interrupt that comes between the
    binding and the assignment of what `bind` returned leaves the binding in place, but with a
    tail that is closed, which the next store, frame or registration takes for what it is.
    """
    holds: list[ast.stmt] = []
    weak: list[int] = []
    fetched: list[ast.expr] = []
    for index in range(count):
        local = f"object_{index}"
        if index in held:
            made = ast.Call(scope.own("Hold"), [scope.own(local)], [])
            local = f"hold_{index}"
            holds.append(assign(scope, local, made))
            made = ast.Call(scope.own("HoldReference"), [scope.own(local)], [])
            holds.append(assign(scope, f"reference_{index}", made))
        else:
            weak.append(index)
        fetched.append(scope.own(local))
    references: list[ast.expr] = [scope.own(f"reference_{index}") for index in range(count)]
    found = scope.own("found")
    binding = ast.Tuple([*references, scope.own("anchor"), scope.own("tail")], ast.Load())
    bind = assign(scope, "found", ast.Call(scope.own("bind"), [binding], []))
    # Held until the call is over, for the reason that stands in `FrameTail.take_off`.
    hold = assign(scope, "replaced", ast.Call(scope.own("bound"), [ast.Constant(None)], []))
    restore = ast.Expr(ast.Call(scope.own("restore"), [scope.own("found")], []))
    is_bound = ast.Compare(found, [ast.IsNot()], [ast.Constant(None)])
    close = ast.Expr(ast.Call(ast.Attribute(scope.own("tail"), "clear", ast.Load()), [], []))
    return [
        *holds,
        *(_refer(scope, weak, fetched) if weak else ()),
        assign(scope, "found", ast.Constant(None)),
        assign(scope, "tail", ast.List([ast.Constant(OPEN)], ast.Load())),
        ast.Try(
            [bind, assign(scope, "result", call)],
            [],
            [],
            [ast.Try([ast.If(is_bound, [hold, restore], [])], [], [], [close])],
        ),
        ast.Return(scope.own("result")),
    ]


def _refer(scope: Scope, weak: Sequence[int], fetched: list[ast.expr]) -> list[ast.stmt]:
    """Returns the statements that refer weakly to the objects at some indices.

    The references of the last call are used again where they still give these very objects, as
    they mostly do. One item of a list has them all, so calls at once never get a mixture.
    """
    latest = [
        ast.Subscript(scope.own("latest"), ast.Constant(0), use)
        for use in (ast.Load(), ast.Store())
    ]
    names: list[ast.expr] = [scope.own(f"reference_{index}", ast.Store()) for index in weak]
    others: list[ast.expr] = []
    made: list[ast.expr] = []
    for index in weak:
        value = scope.own(f"object_{index}")
        given = ast.Call(scope.own(f"reference_{index}"), [], [])
        others.append(ast.Compare(given, [ast.IsNot()], [value]))
        # What died gives None too, and None can not be referred to.
        others.append(ast.Compare(value, [ast.Is()], [ast.Constant(None)]))
        made.append(ast.Call(scope.own("reference"), [value], []))
    again = ast.Assign([ast.List(names, ast.Store())], latest[0])
    anew = ast.Assign([latest[1], ast.List(names, ast.Store())], ast.Tuple(made, ast.Load()))
    refuse = ast.Raise(ast.Call(scope.own("not_weak_referenceable"), fetched, []), None)
    handler = ast.ExceptHandler(scope.own("TypeError"), None, [refuse])
    return [again, ast.If(ast.BoolOp(ast.Or(), others), [ast.Try([anew], [handler], [], [])], [])]


def assign(scope: Scope, name: str, value: ast.expr) -> ast.stmt:
    """Returns the statement that assigns a value to a name of ours."""
    return ast.Assign([scope.own(name, ast.Store())], value)


def run_framed(scope: Scope, count: int, call: ast.expr, *, named: bool) -> list[ast.stmt]:
    """Returns the statements that do the same with a frame.

    For a coroutine function: a coroutine can be closed in another context than it ran in, which
    only a frame can tell. And for a graph that gets the frame's handle.

    Args:
        scope: The scope.
        count: How many objects were fetched.
        call: What runs the graph.
        named: Whether that needs a name for the frame.
    """
    objects: list[ast.expr] = [scope.own(f"object_{index}") for index in range(count)]
    name = scope.own("entered", ast.Store()) if named else None
    frame = ast.withitem(ast.Call(scope.own("frame"), objects, []), name)
    return [ast.With([frame], [ast.Return(call)])]
