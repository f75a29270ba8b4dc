"""The calls of compiled functions; each ends by restoring the binding that it found."""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType
from typing import Final, ParamSpec, TypeVar, cast, final
from weakref import WeakKeyDictionary

from torch._C._dynamo.eval_frame import (
    _FrameAction,
    _FrameExecStrategy,
    set_code_exec_strategy,
)
from torch._dynamo.output_graph import OutputGraph
from torch._guards import TracingContext
from torch._ops import HigherOrderOperator
from torch.fx import Graph

from .bindings import Bindings
from .table import Constructor, Making

_P = ParamSpec("_P")
_R = TypeVar("_R")

_COMPILED_GRAPH: Final = "__compiled_fn"
"""What the global names begin with under which generated code finds compiled graphs."""

# Functions of these modules call PyTorch's own operators and nothing else, or look something up in
# forward. Other ones may be operators of the user's, with a backward that looks something up.
_PLAIN_MODULES: Final = frozenset(
    {
        "torch._dynamo.graph_bytecode_inputs",
        "torch._ops.aten",
        "torch._ops.prims",
        "torch.functional",
        "torch.nn.functional",
    }
)
_LEAF: Final = "invoke_leaf_function"  # its backward uses what its forward computed


@final
class Entries:
    """Begins and ends each call: PyTorch's compiled functions have a list of what to do around it.

    A property of the class puts our hook at the end of the list of each instance, when the list is
    made or next used. So functions compiled earlier are covered. It is the last one, because what
    the others do when a call ends is still part of that call.

    Args:
        name: The name of the list.
        bindings: What a call begins and ends.

    Attributes:
        hooks: The property.
    """

    __slots__ = ("_instances", "_remove", "_taken_out", "hooks")

    def __init__(self, name: str, bindings: Bindings) -> None:
        # Every call needs these: to look them up anew costs it 0.1 us.
        nodes, found, enter_from_node = bindings.nodes, bindings.found, bindings.enter_from_node
        instances: WeakKeyDictionary[object, None] = WeakKeyDictionary()
        taken_out: list[None] = []

        def enter() -> Callable[[], None]:
            """Begin a call, as `bindings.enter` does."""
            return enter_from_node() if nodes else found()

        def get(instance: object) -> list[object]:
            """Return the list, with ours at the end."""
            hooks: list[object] = instance.__dict__[name]
            if not hooks or hooks[-1] is not enter:
                set_hooks(instance, hooks)
                hooks = instance.__dict__[name]
            return hooks

        def set_hooks(instance: object, hooks: list[object]) -> None:
            """Set the list, with ours at the end, and once."""
            vars(instance)[name] = [*(hook for hook in hooks if hook is not enter), enter]
            instances[instance] = None
            if taken_out:  # by another thread, before it could see this instance
                remove(instance)

        def remove(instance: object) -> None:
            """Take ours out of the same list: a constructor may be about to add to it."""
            hooks: list[object] = vars(instance)[name]
            if enter in hooks:
                hooks.remove(enter)

        for function in (enter, get, set_hooks):
            leave_alone(function)
        self._instances: Final = instances
        self._remove: Final = remove
        self._taken_out: Final = taken_out
        self.hooks: Final = property(get, set_hooks)

    def take_out(self) -> None:
        """Leave in each list what is PyTorch's own."""
        self._taken_out.append(None)
        for reference in self._instances.keyrefs():
            instance = reference()
            if instance is not None:
                self._remove(instance)


def calling_saved(original: Callable[_P, _R], bindings: Bindings) -> Callable[_P, _R]:
    """Return a `__call__` for functions compiled ahead of time, with the same hooks around it."""

    def __call__(*args: _P.args, **kwargs: _P.kwargs) -> _R:  # noqa: N807  # it is one
        leave = bindings.enter()
        try:
            return original(*args, **kwargs)
        finally:
            leave()

    return __call__


def converting_frames(
    original: Callable[..., _R], bindings: Bindings, constructors: dict[int, Constructor]
) -> Callable[..., _R]:
    """Return a function that compiles one frame, and puts back what it found.

    PyTorch begins each compile by clearing its table. Such a compile can come between a store and
    the graph that looks the objects up: for a finalizer, or even for PyTorch's own code, when
    another thread's compile has just told the whole process to skip nothing.
    """

    def __call__(*args: object, skip: int = 0) -> _R:  # noqa: N807  # it is one
        leave = _enter_compile(bindings, constructors)
        try:
            return original(*args, skip=skip + 1)  # one more frame that is not the user's
        finally:
            leave()

    return __call__


def exporting(
    original: Callable[_P, _R], bindings: Bindings, constructors: dict[int, Constructor]
) -> Callable[_P, _R]:
    """Return a strict export, which compiles frames its own way, that puts back what it found."""

    def _strict_export(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        leave = _enter_compile(bindings, constructors)
        try:
            return original(*args, **kwargs)
        finally:
            leave()

    return _strict_export


def _enter_compile(bindings: Bindings, constructors: dict[int, Constructor]) -> Callable[[], None]:
    """Begin a compile, and return the function that ends it."""
    leave = bindings.enter()
    if TracingContext.try_get() is None:
        return leave
    found = dict(constructors)

    def leave_traced() -> None:
        """Put back the constructors too: an enclosing compile goes on with its own."""
        leave()
        constructors.clear()
        constructors.update(found)

    return leave_traced


def installing_global(
    original: Callable[[OutputGraph, str, object], _R],
    bindings: Bindings,
    constructors: dict[int, Constructor],
) -> Callable[[OutputGraph, str, object], _R]:
    """Return a function that gives the compiler's results their global names.

    It finds, once, a graph that makes streams and whose backward looks nothing up: no backward
    node of its calls keeps the streams alive. Other graphs need no such care, because nodes refer
    weakly to what the graph was given.
    """

    def install_global_unsafe(self: OutputGraph, name: str, value: object) -> _R:
        if (
            name.startswith(_COMPILED_GRAPH)
            and callable(value)
            and any(isinstance(constructor, Making) for constructor in constructors.values())
            and not _may_look_up(self.graph)
        ):
            value = _plain(value, bindings)
        return original(self, name, value)

    return install_global_unsafe


def _may_look_up(graph: Graph) -> bool:
    """Return whether the backward of a captured graph may look something up.

    It may if the graph has anything but PyTorch's own operators and leaf functions, or has an
    operator on a stream of its own.
    """
    return any(
        "stream" in node.meta.get("custom", ())
        or node.op == "call_module"
        or (node.op == "call_function" and not _is_plain(node.target))
        for node in graph.nodes
    )


def _is_plain(target: object) -> bool:
    return (
        isinstance(target, BuiltinFunctionType)
        or getattr(target, "__module__", None) in _PLAIN_MODULES
        or (isinstance(target, HigherOrderOperator) and target._name == _LEAF)
    )


def _plain(graph: Callable[_P, _R], bindings: Bindings) -> Callable[_P, _R]:
    """Return a function that calls a compiled graph, whose backward nodes keep nothing."""

    def compiled_graph(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        leave = bindings.enter_plain_graph()
        try:
            return graph(*args, **kwargs)
        finally:
            leave()

    leave_alone(compiled_graph)
    return compiled_graph


def leave_alone(function: Callable[..., object]) -> None:
    """Let Dynamo run a function of ours, and everything that it calls, as it is.

    Skipping only the function is not enough: Dynamo would still look at each frame that it calls,
    and Python's calls stay slow for as long.
    """
    set_code_exec_strategy(
        cast("FunctionType", function).__code__,
        _FrameExecStrategy(_FrameAction.SKIP, _FrameAction.SKIP),
    )
