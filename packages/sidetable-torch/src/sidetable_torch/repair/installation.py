"""Installing the repair, and uninstalling it."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Final, cast, final

from torch._dynamo import eval_frame, graph_bytecode_inputs
from torch._dynamo.aot_compile import AOTCompiledFunction
from torch._dynamo.convert_frame import ConvertFrameAssert
from torch._dynamo.output_graph import OutputGraph
from torch._dynamo.package import CompilePackage
from torch.export import _trace

from . import detours, functions
from .bindings import Bindings
from .entries import WithEntries
from .graphs import Graphs, leave_alone
from .patch import Patch
from .registering import Registering
from .shape import check, check_idle
from .views import BoundReferences, KeptAlive

if TYPE_CHECKING:
    from .binding import Reference
    from .entries import Constructor

_HOOKS: Final = "enter_exit_hooks"


@final
class Repair:
    """The repair, from when it is installed until it is uninstalled.

    Raises:
        RepairError: If this is no PyTorch that the repair knows. Nothing has changed.
    """

    __slots__ = ("_found", "_graphs", "_patches", "_view")

    def __init__(self) -> None:
        check()
        check_idle()
        module = graph_bytecode_inputs
        constructors = cast("dict[int, Constructor]", module.index_to_bytecode_constructor)
        bindings = Bindings(constructors, module.keep_alive)
        self._graphs = Graphs(bindings)
        self._found = module.index_to_external_object_weakref
        self._view = BoundReferences(bindings, Registering(constructors, bindings))
        self._patches = _patches(bindings, self._graphs, self._view)
        if self._found:
            self._view.update(self._found)
        for patch in self._patches:
            patch.apply()
        self._graphs.wrap_all()

    def uninstall(self) -> None:
        """Puts everything back.

        Raises:
            RepairError: If somebody has replaced what the repair had put in, or this thread
                compiles. Nothing has changed.
        """
        check_idle()
        for patch in self._patches:
            patch.check()
        bound = dict(self._view)
        for patch in reversed(self._patches):
            patch.undo()
        self._found.clear()
        cast("dict[int, Reference]", self._found).update(bound)
        self._view.clear()
        self._graphs.unwrap_all()


def _patches(bindings: Bindings, graphs: Graphs, view: BoundReferences) -> list[Patch]:
    """Returns all that the repair changes in PyTorch."""
    for owner in (BoundReferences, KeptAlive, Registering, functions):
        for function in vars(owner).values():
            if isinstance(function, FunctionType):
                leave_alone(function)
    module = graph_bytecode_inputs
    call = detours.calling_saved(AOTCompiledFunction.__call__, graphs, bindings)
    convert = detours.converting_frames(ConvertFrameAssert.__call__, bindings)
    name = detours.installing_global(OutputGraph.install_global_unsafe, graphs)
    load = detours.installing_saved_global(CompilePackage._install_global, graphs)
    export = detours.exporting(_trace._strict_export, bindings)
    entries = WithEntries(_HOOKS, bindings.enter)
    replaced = (
        (module.get_external_object_by_index, functions.get_external_object_by_index),
        (module.store_user_object_weakrefs, functions.store_user_object_weakrefs),
        (module.register_user_object, functions.register_user_object),
        (module.register_graph_created_object, functions.register_graph_created_object),
    )
    return [
        Patch.of(module, "index_to_external_object_weakref", view),
        Patch.of(module, "keep_alive", KeptAlive(bindings)),
        *(Patch.of(function, "__code__", other.__code__) for function, other in replaced),
        Patch.of(eval_frame._TorchDynamoContext, _HOOKS, entries),
        Patch.of(AOTCompiledFunction, "__call__", call),
        Patch.of(ConvertFrameAssert, "__call__", convert),
        Patch.of(_trace, "_strict_export", export),
        Patch.of(OutputGraph, "install_global_unsafe", name),
        Patch.of(CompilePackage, "_install_global", load),
    ]
