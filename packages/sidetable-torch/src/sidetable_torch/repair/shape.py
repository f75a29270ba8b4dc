"""What PyTorch has to look like for the repair, and everything that the repair replaces in it.

Each shape of PyTorch's table is a class with a name, with `differs`, which lists what is different
here, and with a constructor that knows its patches. `find` chooses by what is there, never by the
version. A later table of PyTorch's (lists, one registry per trace, one per thread) is one more
class, in a module beside this one, and one more entry of `SHAPES`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import CodeType, FunctionType
from typing import Final, TypeVar, cast, final

from torch._dynamo import convert_frame, eval_frame, graph_bytecode_inputs, output_graph
from torch._dynamo.aot_compile import AOTCompiledFunction
from torch._guards import TracingContext
from torch.autograd.function import BackwardCFunction
from torch.export import _trace

from sidetable_torch.errors import RepairError

from . import backward, calls, table
from .bindings import Binding, Bindings, Made, Reference
from .patches import Patch, global_names, replace_globals

_F = TypeVar("_F", bound=Callable[..., object])

TESTED: Final = ("2.11", "2.12", "2.13", "2.14")
"""The versions of PyTorch that the repair is tested on."""

_MODULE: Final = graph_bytecode_inputs
_TABLE: Final = "index_to_external_object_weakref"
_CONSTRUCTORS: Final = "index_to_bytecode_constructor"
_KEPT: Final = "keep_alive"
_HOOKS: Final = "enter_exit_hooks"
_CALLING: Final = ("__enter__", "compile_wrapper")
"""The functions of PyTorch's that go through the hooks; constructors only add to them."""

_FUNCTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "has_user_objects": (),
    "stash_graph_created_object": ("obj",),
    "set_external_object_by_index": ("index", "value"),
    "get_external_object_by_index": ("index",),
    "store_user_object_weakrefs": ("args",),
    "reset_user_object_tracking": (),
    "register_graph_created_object": ("example_value", "construct_fn"),
    "register_user_object": ("value", "source"),
}
_CALLED: Final[tuple[tuple[object, str, tuple[str, ...]], ...]] = (
    (output_graph.OutputGraph, "install_global_unsafe", ("self", "name", "value")),
    (AOTCompiledFunction, "__call__", ("self", "args", "kwargs")),
    (
        convert_frame.ConvertFrameAssert,
        "__call__",
        ("self", "frame", "cache_entry", "hooks", "frame_state", "skip"),
    ),
    (BackwardCFunction, "apply", ("self", "args")),
    (BackwardCFunction, "apply_boxed", ("self", "args")),
)
_NEWER: Final = frozenset({"set_external_object_by_index", "apply_boxed"})
"""What only newer versions have: since 2.12, and since 2.13."""

_BY_VALUE: Final = (("torch._functorch._aot_autograd.runtime_wrappers", _TABLE),)
"""Where PyTorch itself imports its table by value: since 2.14."""


@final
class DictionaryTable:
    """The table of PyTorch 2.11 to 2.14: two dictionaries and a list in a module.

    Attributes:
        patches: Everything that is replaced.
    """

    name: Final = "two dictionaries and a list"

    __slots__ = ("_bindings", "_entries", "_found", "_kept", "_kept_view", "_view", "patches")

    def __init__(self) -> None:
        self._found: Final = cast("dict[int, Reference]", vars(_MODULE)[_TABLE])
        self._kept: Final = cast("list[object]", vars(_MODULE)[_KEPT])
        constructors = cast("dict[int, table.Constructor]", vars(_MODULE)[_CONSTRUCTORS])
        self._bindings: Final = Bindings()
        self._entries: Final = calls.Entries(_HOOKS, self._bindings)
        self._view: Final = table.BoundReferences(self._bindings, constructors)
        self._kept_view: Final = table.KeptAlive(self._bindings)
        self.patches: Final = [
            *self._patches_of_table(),
            *self._patches_of_calls(constructors),
            *self._patches_of_backward(),
        ]

    @staticmethod
    def differs() -> Iterator[str]:
        """Yield everything that differs here from what the repair knows."""
        for name, kind in ((_CONSTRUCTORS, dict), (_TABLE, dict), (_KEPT, list)):
            if type(vars(_MODULE).get(name)) is not kind:
                yield f"{_MODULE.__name__}.{name} is not a {kind.__name__}"
        for name, parameters in _FUNCTIONS.items():
            yield from _function_differs(_MODULE, name, parameters)
            function = vars(_MODULE).get(name)
            if isinstance(function, FunctionType):
                if function.__globals__.get("__name__") != _MODULE.__name__:
                    yield f"{name} does not use the table of its module"
                elif function.__code__.co_filename != _MODULE.__file__:
                    yield f"{name} has other code than its module defines"
        for owner, name, parameters in _CALLED:
            yield from _function_differs(owner, name, parameters)
        if not isinstance(vars(_trace).get("_strict_export"), FunctionType):
            yield "_strict_export is not a Python function"
        yield from _users_differ()
        yield from _imported_by_value()

    def adopt(self) -> None:
        """Take over what PyTorch's own table has."""
        if self._found:
            self._view.update(self._found)

    def give_back(self) -> None:
        """Give PyTorch's own table what is bound, also in modules that were imported since."""
        bound = {
            index: one.weak() if isinstance(one, Made) else one for index, one in self._view.items()
        }
        self._found.clear()
        self._found.update(bound)
        self._view.clear()
        self._entries.take_out()
        replace_globals({id(self._view): self._found, id(self._kept_view): self._kept})

    def _patches_of_table(self) -> Iterator[Patch]:
        view = self._view
        for name in (
            "get_external_object_by_index",
            "store_user_object_weakrefs",
            "register_user_object",
            "register_graph_created_object",
        ):
            ours: FunctionType = vars(table)[name]
            calls.leave_alone(ours)
            yield Patch.of(vars(_MODULE)[name], "__code__", ours.__code__)
        for owner in (table.BoundReferences, table.KeptAlive, Bindings, Binding, Made):
            for function in vars(owner).values():
                if isinstance(function, FunctionType):
                    calls.leave_alone(function)
        yield Patch.of(_MODULE, _TABLE, view)
        yield Patch.of(_MODULE, _KEPT, self._kept_view)
        for module_name, name in _BY_VALUE:
            module = import_module(module_name)
            if name in vars(module):
                yield Patch.of(module, name, table.NotForBackward(view))

    def _patches_of_calls(self, constructors: dict[int, table.Constructor]) -> Iterator[Patch]:
        bindings = self._bindings
        context, output = eval_frame._TorchDynamoContext, output_graph.OutputGraph
        frames = convert_frame.ConvertFrameAssert
        yield Patch.of(context, _HOOKS, self._entries.hooks)
        for owner, name, wrapped in (
            (
                AOTCompiledFunction,
                "__call__",
                calls.calling_saved(AOTCompiledFunction.__call__, bindings),
            ),
            (
                frames,
                "__call__",
                calls.converting_frames(frames.__call__, bindings, constructors),
            ),
            (
                _trace,
                "_strict_export",
                calls.exporting(_trace._strict_export, bindings, constructors),
            ),
            (
                output,
                "install_global_unsafe",
                calls.installing_global(output.install_global_unsafe, bindings, constructors),
            ),
        ):
            yield Patch.of(owner, name, _like(vars(owner)[name], wrapped))

    def _patches_of_backward(self) -> Iterator[Patch]:
        making = backward.making_nodes(self._bindings)
        calls.leave_alone(making)
        yield Patch.of(BackwardCFunction, "__init__", making)
        for name in ("apply", "apply_boxed"):
            original = vars(BackwardCFunction).get(name)
            if original is not None:
                running = backward.running_nodes(original, self._bindings)
                yield Patch.of(BackwardCFunction, name, _like(original, running))


SHAPES: Final = (DictionaryTable,)
"""Every shape that the repair knows."""


def find() -> DictionaryTable:
    """Return the shape of PyTorch's table in this process.

    Raises:
        RepairError: If the repair does not know it.
    """
    found: list[str] = []
    for shape in SHAPES:
        differences = list(shape.differs())
        if not differences:
            return shape()
        found += differences
    raise RepairError(
        f"PyTorch's side table cannot be repaired here: {found[0]}",
        "The repair changes only a table that it recognizes, and has changed nothing",
        f"Use torch {TESTED[0]} to {TESTED[-1]}, and install the repair before anything else "
        "changes PyTorch",
    )


def check_idle() -> None:
    """Refuse to change anything while this thread is compiling.

    Raises:
        RepairError: If it is.
    """
    if TracingContext.try_get() is not None:
        raise RepairError(
            "This thread is compiling",
            "The compiler would find some of its objects in one table and some in the other",
            "Install and uninstall the repair outside compiled functions",
        )


def _function_differs(owner: object, name: str, parameters: tuple[str, ...]) -> Iterator[str]:
    function = vars(owner).get(name)
    if function is None and name in _NEWER:
        return
    if not isinstance(function, FunctionType):
        yield f"{name} is not a Python function"
    elif tuple(inspect.signature(function).parameters) != parameters:
        yield f"{name} has other parameters than {parameters}"


def _users_of_hooks() -> Iterator[str]:
    """Yield the name of each function that has to do with what is done around each call."""
    for kind in vars(eval_frame).values():
        if isinstance(kind, type) and issubclass(kind, eval_frame._TorchDynamoContext):
            functions = [one for one in vars(kind).values() if isinstance(one, FunctionType)]
            for function in functions:
                for code in (function.__code__, *function.__code__.co_consts):
                    if isinstance(code, CodeType) and _HOOKS in code.co_names:
                        yield code.co_name


def _users_differ() -> Iterator[str]:
    """Yield what PyTorch does with its table that the repair does not know."""
    if _HOOKS in vars(eval_frame._TorchDynamoContext):
        yield "compiled functions do not each have their own list of hooks"
    if set(_users_of_hooks()) != {"__init__", *_CALLING}:
        yield f"not only {' and '.join(_CALLING)} use {_HOOKS}"
    if vars(output_graph).get(_CONSTRUCTORS) is not vars(_MODULE).get(_CONSTRUCTORS):
        yield "the compiler uses another dictionary of constructors"
    reset = "reset_user_object_tracking"
    if vars(convert_frame).get(reset) is not vars(_MODULE).get(reset):
        yield "the compiler resets another table"
    # The package has a function under the module's name.
    leaf_functions = sys.modules.get("torch._higher_order_ops.invoke_leaf_function")
    retriever = getattr(leaf_functions, "_leaf_function_module_retriever", None)
    if retriever is not vars(_MODULE).get("get_external_object_by_index"):
        yield "leaf functions look up their modules elsewhere"
    if "__init__" in vars(BackwardCFunction):
        yield "backward nodes have their own constructor"


def _imported_by_value() -> Iterator[str]:
    """Yield the modules that have their own name for what will be replaced."""
    replaced = [vars(_MODULE).get(name) for name in (_TABLE, _KEPT)]
    for module, name, value in global_names():
        if (
            module is not _MODULE
            and (module.__name__, name) not in _BY_VALUE
            and any(value is one for one in replaced)
        ):
            yield f"{module.__name__}.{name} is PyTorch's own table, imported by value"


def _like(original: Callable[..., object], replacement: _F) -> _F:
    """Make a function look like the one it calls, and let Dynamo run it as it is."""
    replacement.__doc__ = original.__doc__
    replacement.__module__ = original.__module__
    replacement.__qualname__ = original.__qualname__
    eval_frame.skip_code(cast("FunctionType", replacement).__code__)
    return replacement
