"""What the repair knows of PyTorch: it touches nothing that looks different."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import Final, NoReturn

import torch
from torch._dynamo import convert_frame, eval_frame, graph_bytecode_inputs, output_graph
from torch._dynamo.aot_compile import AOTCompiledFunction
from torch._dynamo.package import CompilePackage
from torch._guards import TracingContext
from torch.autograd.function import BackwardCFunction
from torch.export import _trace

from sidetable_torch.errors import RepairError

from .backward import GET_BACKWARD

KNOWN: Final = "2.13"

_MODULE: Final = graph_bytecode_inputs
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
_CONTAINERS: Final[Mapping[str, type]] = {
    "index_to_bytecode_constructor": dict,
    "index_to_external_object_weakref": dict,
    "keep_alive": list,
}
_CALLED: Final[tuple[tuple[object, str, tuple[str, ...]], ...]] = (
    (output_graph.OutputGraph, "install_global_unsafe", ("self", "name", "value")),
    (CompilePackage, "_install_global", ("self", "module", "name", "value")),
    (AOTCompiledFunction, "__call__", ("self", "args", "kwargs")),
    (
        convert_frame.ConvertFrameAssert,
        "__call__",
        ("self", "frame", "cache_entry", "hooks", "frame_state", "skip"),
    ),
    (
        _trace,
        "_strict_export",
        (
            "mod",
            "args",
            "kwargs",
            "dynamic_shapes",
            "preserve_module_call_signature",
            "orig_in_spec",
            "prefer_deferred_runtime_asserts_over_guards",
            "_to_aten_func",
        ),
    ),
    (BackwardCFunction, GET_BACKWARD, ("self",)),
)


def check() -> None:
    """Refuses a PyTorch that is not as the repair knows it.

    Raises:
        RepairError: If the version, or anything that the repair changes or relies on, differs.
    """
    if not torch.__version__.startswith(f"{KNOWN}."):
        _refuse(f"this is torch {torch.__version__}, and the repair is made for torch {KNOWN}")
    _check_module()
    for owner, name, parameters in _CALLED:
        _check_function(owner, name, parameters)
    _check_users()
    _check_imported_by_value()


def check_idle() -> None:
    """Refuses to change anything while this thread compiles.

    Raises:
        RepairError: If it does.
    """
    if TracingContext.try_get() is not None:
        raise RepairError(
            "This thread is compiling",
            "The compiler would find one half of its objects in one table, one in another",
            "Install and uninstall outside of compiled functions",
        )


def _check_module() -> None:
    """Refuses if the table's module has anything that is not as PyTorch made it."""
    for name, kind in _CONTAINERS.items():
        if type(vars(_MODULE).get(name)) is not kind:
            _refuse(f"{name} is no {kind.__name__}")
    for name, parameters in _FUNCTIONS.items():
        function = _check_function(_MODULE, name, parameters)
        if function.__globals__.get("__name__") != _MODULE.__name__:
            _refuse(f"{name} does not use the table of its module")
        if function.__code__.co_filename != _MODULE.__file__:
            _refuse(f"{name} has been given other code")


def _check_users() -> None:
    """Refuses if PyTorch uses its table in another way than is known."""
    if "enter_exit_hooks" in vars(eval_frame._TorchDynamoContext):
        _refuse("compiled functions do not have lists of hooks of their own")
    if (
        vars(output_graph)["index_to_bytecode_constructor"]
        is not _MODULE.index_to_bytecode_constructor
    ):
        _refuse("the compiler has another dictionary of constructors")
    if vars(convert_frame)["reset_user_object_tracking"] is not _MODULE.reset_user_object_tracking:
        _refuse("the compiler resets another table")
    # The package has a function under the module's name.
    leaf_functions = sys.modules.get("torch._higher_order_ops.invoke_leaf_function")
    retriever = getattr(leaf_functions, "_leaf_function_module_retriever", None)
    if retriever is not _MODULE.get_external_object_by_index:
        _refuse("leaf functions look their modules up elsewhere")
    for caller in (BackwardCFunction.apply, BackwardCFunction.apply_boxed):
        if GET_BACKWARD not in caller.__code__.co_names:
            _refuse("backward nodes find their function in another way")


def _check_function(owner: object, name: str, parameters: tuple[str, ...]) -> FunctionType:
    function = vars(owner).get(name)
    if not isinstance(function, FunctionType):
        _refuse(f"{name} is no Python function")
    if tuple(inspect.signature(function).parameters) != parameters:
        _refuse(f"{name} has other parameters than {parameters}")
    return function


def _check_imported_by_value() -> None:
    """Refuses if a module has its own name for what is going to be replaced."""
    replaced = (_MODULE.index_to_external_object_weakref, _MODULE.keep_alive)
    modules: list[object] = list(sys.modules.values())  # some put other things there
    for module in modules:
        if module is _MODULE or not isinstance(module, ModuleType):
            continue
        for name, value in tuple(vars(module).items()):
            if any(value is one for one in replaced):
                _refuse(f"{module.__name__}.{name} is PyTorch's table itself, imported by value")


def _refuse(what: str) -> NoReturn:
    raise RepairError(
        f"PyTorch's side table can not be repaired here: {what}",
        "The repair changes only what it knows, and has changed nothing",
        f"Use torch {KNOWN}, and install the repair before anything else changes PyTorch",
    )
