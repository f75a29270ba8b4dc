"""The user's code, rewritten so that a trace sees everything it does with an object.

A function is traced as a copy with the same variables, globals and closure. In the copy every read
of a name or attribute, every call, every store and every `is` goes through the methods of one
object, the hooks. The copy is compiled from the source file; the user's own code stays as it is.
"""

# ruff: noqa: N815  # `ast` calls its visitors by the names of the nodes

from __future__ import annotations

import ast
import linecache
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, Final, cast

# A constant of the rewritten code, in whose place the hooks are put.
_HOOKS: Final = "<sidetable hooks>"
# Python finds out who calls these from the frame that does, so the call stays where it is.
_ASKS_ITS_FRAME: Final = frozenset({"super", "locals"})
_ITS_OWN: Final = frozenset({"__class__", "__debug__"})
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SCOPES: Final = (*_DEFINITIONS, ast.Lambda)
_BINDING: Final = (*_DEFINITIONS, ast.Import, ast.ImportFrom, ast.Delete)

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def rewritten(function: FunctionType, hooks: object) -> CodeType | None:
    """Return a function's code with the hooks in it; None if its source is not available.

    Args:
        function: The function.
        hooks: An object with the methods that rewritten code calls.
    """
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    found = _compiled(code.co_filename, "".join(lines))
    matches = [one for one in found if _outline(one) == _outline(code)]
    if len(matches) > 1:  # two lambdas in one line
        matches = [one for one in matches if _span(one) == _span(code)]
    return _with_hooks(matches[0], hooks) if len(matches) == 1 else None


@lru_cache(maxsize=256)
def _compiled(filename: str, source: str) -> tuple[CodeType, ...]:
    """Return the code of every function in a file, rewritten."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.fix_missing_locations(_Rewriter().visit(ast.parse(source)))
            module = compile(tree, filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):  # a page of documentation, or a file that has changed
        return ()
    return tuple(codes_of(module))


def codes_of(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and those of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes_of(constant)


def _outline(code: CodeType) -> tuple[object, ...]:
    # pytest rewrites assertions, which adds variables with an @ in their names.
    names = [name for name in code.co_varnames if not name.startswith("@")]
    arguments = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
    return code.co_name, code.co_firstlineno, arguments, names, code.co_freevars, code.co_cellvars


def _span(code: CodeType) -> tuple[object, object]:
    places = [place for place in code.co_positions() if None not in place and place[3]]
    starts = [(line, column) for line, _, column, _ in places]
    ends = [(line, column) for _, line, _, column in places]
    return min(starts, default=None), max(ends, default=None)


def _with_hooks(code: CodeType, hooks: object) -> CodeType:
    constants: list[object] = []
    for constant in code.co_consts:
        if type(constant) is str and constant == _HOOKS:
            constants.append(hooks)
        elif isinstance(constant, CodeType):
            constants.append(_with_hooks(constant, hooks))
        else:
            constants.append(constant)
    return code.replace(co_consts=tuple(constants))


class _Scope:
    """The names that a function, class or comprehension binds, and those it declares as outer."""

    def __init__(self, kind: str, bound: Iterable[str] = (), outer: Iterable[str] = ()) -> None:
        self.kind = kind
        self.outer = frozenset(outer)
        self.bound = frozenset(bound) - self.outer


class _Rewriter(ast.NodeTransformer):
    """Puts calls of the hooks into a module's functions; leaves the module's own code as it is."""

    def __init__(self) -> None:
        self._scopes: list[_Scope] = []
        self._classes: list[str] = []

    def visit(self, node: ast.AST) -> Any:  # as in `ast`: what it becomes depends on the node
        """Rewrite a node of a function; leave code of a module or of its classes as it is."""
        if isinstance(node, ast.stmt) and self._inside():
            outer = [name for name in _bound_by(node) if self._is_outer(name)]
            if outer:
                refused = self._hook("cannot_store", node, ast.Constant(outer[0]))
                return ast.copy_location(ast.Expr(refused), node)
        if self._inside() or isinstance(node, _SCOPES):
            return super().visit(node)
        return self.generic_visit(node)

    # Scopes.

    def _function(self, node: Function) -> None:
        """Rewrite the body of a function; its decorators and defaults belong outside."""
        arguments = node.args
        for name in ("defaults", "kw_defaults"):
            values = cast("list[ast.expr | None]", getattr(arguments, name))
            setattr(arguments, name, [value and self.visit(value) for value in values])
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [one for one in (arguments.vararg, arguments.kwarg) if one]
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        names = _Names(body)
        bound = {*names.bound, *(self._mangled(one.arg) for one in every)}
        self._scopes.append(_Scope("function", map(self._mangled, bound), names.outer))
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
        else:
            node.body = self._statements(node.body)
        self._scopes.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        self._decorated(node)
        self._function(node)
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        self._decorated(node)
        self._function(node)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        self._function(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        self._decorated(node)
        node.bases = [self.visit(base) for base in node.bases]
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        names = _Names(node.body)
        self._classes.append(node.name)
        self._scopes.append(_Scope("class", names.bound, names.outer))
        node.body = self._statements(node.body)
        self._scopes.pop()
        self._classes.pop()
        return node

    def _decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        decorators: list[ast.expr] = [self.visit(one) for one in node.decorator_list]
        if self._inside():
            decorators = [self._hook("decorator", one, one) for one in decorators]
        node.decorator_list = decorators

    def _comprehension(self, node: ast.expr) -> ast.expr:
        generators = cast("list[ast.comprehension]", node.generators)  # type: ignore[attr-defined]
        bound = {
            name.id
            for generator in generators
            for name in ast.walk(generator.target)
            if isinstance(name, ast.Name)
        }
        first = generators[0]
        first.iter = self._iterated(first.iter)
        self._scopes.append(_Scope("comprehension", map(self._mangled, bound)))
        for generator in generators:
            generator.target = self.visit(generator.target)
            if generator is not first:
                generator.iter = self._iterated(generator.iter)
            generator.ifs = [self.visit(test) for test in generator.ifs]
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                setattr(node, part, self.visit(getattr(node, part)))
        self._scopes.pop()
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _inside(self) -> bool:
        """Return whether this is the code of a function, and not of a module or its classes."""
        return any(scope.kind == "function" for scope in self._scopes)

    def _is_local(self, name: str) -> bool:
        """Return whether a name is a variable of the function that is rewritten here."""
        for scope in reversed(self._scopes):
            if scope.kind == "comprehension" and name in scope.bound:
                return True
            if scope.kind != "comprehension":
                return name in scope.bound
        return False

    def _is_outer(self, name: str) -> bool:
        """Return whether storing to a name changes a variable outside its function."""
        scope = next(one for one in reversed(self._scopes) if one.kind != "comprehension")
        return name in scope.outer

    def _mangled(self, name: str) -> str:
        if not self._classes or not name.startswith("__") or name.endswith("__") or "." in name:
            return name
        return f"_{self._classes[-1].lstrip('_')}{name}"

    # Statements.

    def _statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        done: list[ast.stmt] = []
        for statement in body:
            new = self.visit(statement)
            done.extend(new if isinstance(new, list) else [new])
        return done

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        node.value = self._stored(node.targets, self.visit(node.value), node.value)
        node.targets = [self.visit(target) for target in node.targets]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value is not None:
            node.value = self._stored([node.target], self.visit(node.value), node.value)
            node.target = self.visit(node.target)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        value = self.visit(node.value)
        target = node.target
        if isinstance(target, ast.Name):
            name = ast.copy_location(ast.Name(target.id, ast.Load()), target)
            sign = ast.Constant(type(node.op).__name__)
            value = self._hook("inplace", node, sign, self.visit(name), value)
            if self._is_outer(target.id):
                value = self._hook("storing", node, value, ast.Constant(target.id))
            return ast.copy_location(ast.Assign([target], value), node)
        node.value = value
        target.value = self._hook("augmented", target.value, self.visit(target.value))
        if isinstance(target, ast.Subscript):
            target.slice = self.visit(target.slice)
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        node.value = self._stored([node.target], self.visit(node.value), node.value)
        return node

    def _stored(self, targets: list[ast.expr], value: ast.expr, was: ast.expr) -> ast.expr:
        """Return a value that is assigned: unpacked in the graph, and looked at if it escapes."""
        outer = [
            name.id
            for target in targets
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
            and isinstance(name.ctx, ast.Store)
            and self._is_outer(name.id)
        ]
        if outer:
            value = self._hook("storing", was, value, ast.Constant(outer[0]))
        if len(targets) == 1 and isinstance(targets[0], (ast.Tuple, ast.List)):
            parts = targets[0].elts
            if not isinstance(was, (ast.Tuple, ast.List)) and not any(
                isinstance(part, ast.Starred) for part in parts
            ):
                value = self._hook("unpacked", was, value, ast.Constant(len(parts)))
        return value

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        read: list[ast.stmt] = [node]
        for alias in node.names:
            name = alias.asname or alias.name
            where = [ast.Constant(part) for part in (node.module or "", node.level, alias.name)]
            value = self._hook("imported", node, ast.Name(name, ast.Load()), *where)
            read.append(ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), node))
        return read

    def visit_For(self, node: ast.For) -> ast.AST:
        node.iter = self._iterated(node.iter)
        node.target = self.visit(node.target)
        node.body, node.orelse = self._statements(node.body), self._statements(node.orelse)
        return node

    def _iterated(self, node: ast.expr) -> ast.expr:
        return (
            self._hook("iterated", node, self.visit(node)) if self._inside() else self.visit(node)
        )

    def visit_Match(self, node: ast.Match) -> ast.AST:
        node.subject = self._hook("subject", node.subject, self.visit(node.subject))
        for case in node.cases:  # a pattern can hold no call
            case.guard = case.guard and self.visit(case.guard)
            case.body = self._statements(case.body)
        return node

    # Expressions.

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._read_name(node, whole=True)

    def _read_name(self, node: ast.Name, *, whole: bool) -> ast.expr:
        name = self._mangled(node.id)
        if not isinstance(node.ctx, ast.Load) or name in _ASKS_ITS_FRAME | _ITS_OWN:
            return node
        if self._is_local(name):
            return self._hook("local", node, node)
        return self._hook("name", node, node, ast.Constant(name), ast.Constant(whole))

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._read_attribute(node, whole=True)

    def _read_attribute(self, node: ast.Attribute, *, whole: bool) -> ast.expr:
        value = self.visit(node.value)
        if not isinstance(node.ctx, ast.Load):
            node.value = self._hook("target", node.value, value)
            return node
        name = ast.Constant(self._mangled(node.attr))
        return self._hook("attribute", node, value, name, ast.Constant(whole))

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        return self._read_item(node, whole=True)

    def _read_item(self, node: ast.Subscript, *, whole: bool) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            node.value = self._hook("target", node.value, self.visit(node.value))
            node.slice = self.visit(node.slice)
            return node
        # An item at a constant place says nothing about how many items there are.
        part = not isinstance(node.slice, ast.Constant)
        if isinstance(node.value, ast.Name):
            value = self._read_name(node.value, whole=part)
        elif isinstance(node.value, ast.Attribute):
            value = self._read_attribute(node.value, whole=part)
        elif isinstance(node.value, ast.Subscript):
            value = self._read_item(node.value, whole=part)
        else:
            value = self.visit(node.value)
        return self._hook("item", node, value, self.visit(node.slice), ast.Constant(whole))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        asks = isinstance(node.func, ast.Name) and node.func.id in _ASKS_ITS_FRAME
        if asks and not node.args and not node.keywords:
            return cast("ast.expr", self.generic_visit(node))
        if isinstance(node.func, ast.Attribute):
            name = ast.Constant(self._mangled(node.func.attr))
            function: ast.expr = self._hook("method", node.func, self.visit(node.func.value), name)
        else:
            function = self.visit(node.func)
        call = self._hook("call", node, function, *(self.visit(one) for one in node.args))
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        call.keywords = node.keywords
        return call

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if not any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            return cast("ast.expr", self.generic_visit(node))
        operands = [self.visit(one) for one in (node.left, *node.comparators)]
        if len(node.ops) > 1:
            # What stands in the middle is computed once, which only Python itself can say.
            return self._hook("cannot_compare", node, *operands)
        same = self._hook("same", node, *operands)
        if isinstance(node.ops[0], ast.Is):
            return same
        return ast.copy_location(ast.UnaryOp(ast.Not(), same), node)

    def _hook(self, method: str, at: ast.stmt | ast.expr, *operands: ast.expr) -> ast.Call:
        hooks = ast.copy_location(ast.Constant(_HOOKS), at)
        function = ast.copy_location(ast.Attribute(hooks, method, ast.Load()), at)
        for operand in operands:
            if not hasattr(operand, "lineno"):
                ast.copy_location(operand, at)
        return ast.copy_location(ast.Call(function, [*operands], []), at)


def _bound_by(node: ast.stmt) -> set[str]:
    """Return the names that a statement binds itself, unless it assigns them."""
    parts: list[ast.AST] = []
    if isinstance(node, (ast.For, ast.AsyncFor)):
        parts = [node.target]
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        parts = [item.optional_vars for item in node.items if item.optional_vars]
    elif isinstance(node, (ast.Try, ast.TryStar)):
        return {handler.name for handler in node.handlers if handler.name}
    elif isinstance(node, ast.Match):
        parts = [case.pattern for case in node.cases]
    elif isinstance(node, _BINDING):
        parts = [node]
    return _Names(parts).bound


class _Names(ast.NodeVisitor):
    """The names that statements bind, and those they declare to be of another scope."""

    def __init__(self, body: Iterable[ast.AST]) -> None:
        self.bound: set[str] = set()
        self.outer: set[str] = set()
        for node in body:
            self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.bound.add(node.id)

    def _declared(self, node: ast.Global | ast.Nonlocal) -> None:
        self.outer.update(node.names)

    visit_Global = visit_Nonlocal = _declared

    def _defined(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self.bound.add(node.name)
        inside = [*node.decorator_list]
        if isinstance(node, ast.ClassDef):
            inside += node.bases
        else:
            inside += [one for one in (*node.args.defaults, *node.args.kw_defaults) if one]
        for one in inside:
            self.visit(one)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _defined

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Look at nothing: what a lambda binds is its own."""

    def _comprehended(self, node: ast.expr) -> None:
        # Its targets are its own; what := binds in it is not.
        for one in ast.walk(node):
            if isinstance(one, ast.NamedExpr):
                self.visit(one.target)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehended

    def _imported(self, node: ast.Import | ast.ImportFrom) -> None:
        names = [alias.asname or alias.name.partition(".")[0] for alias in node.names]
        self.bound.update(names)

    visit_Import = visit_ImportFrom = _imported

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name is not None:
            self.bound.add(node.name)
        self.generic_visit(node)

    def _captured(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name is not None:
            self.bound.add(name)
        self.generic_visit(node)

    visit_MatchAs = visit_MatchStar = visit_MatchMapping = _captured
