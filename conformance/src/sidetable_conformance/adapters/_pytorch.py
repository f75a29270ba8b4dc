"""Adapters for the tables that PyTorch itself has had; what they adapt is handed in."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final, final

from sidetable_conformance.targets.failures import ErrorKind
from sidetable_conformance.targets.shape import PYTORCH
from sidetable_conformance.targets.table import ConstructFn, Constructor
from sidetable_source import Source

from ._renaming import adapt

_KINDS: Final = (
    ("not registered", ErrorKind.NEVER_BOUND),
    ("past the end", ErrorKind.NEVER_BOUND),
    ("no longer alive", ErrorKind.DIED),
)
"""Words in PyTorch's messages, which is all that tells its failed lookups apart."""


def pytorch_dictionaries(module: object) -> object:
    """Returns the table of PyTorch 2.13 as a target that tells its errors apart.

    That module can be driven as it is; this also knows what its messages mean.

    Args:
        module: `torch._dynamo.graph_bytecode_inputs` of PyTorch 2.13, or what has its names.

    Example:
        >>> from sidetable_conformance.adapters import PyTorchDictionaries
        >>> pytorch_dictionaries(PyTorchDictionaries()).has_user_objects()
        False
    """
    make = adapt(
        lambda: module,
        store=PYTORCH.store,
        get=PYTORCH.get,
        set=PYTORCH.set,
        reset=PYTORCH.reset,
        constructors=PYTORCH.constructors,
        classify=_kind_by_message,
    )
    return make()


def pytorch_registry(module: object, tls: object) -> object:
    """Returns PyTorch's per-trace registry as a target: one table, a new trace at every reset.

    Args:
        module: `torch._dynamo.graph_bytecode_inputs` of PyTorch's commit 081e35d9 or near it, or
            what has its names.
        tls: Where that module finds the trace that is going on:
            `torch._dynamo.symbolic_convert.tls`. Its `current_tx` is replaced for the length of
            a registration.

    Example:
        >>> from sidetable_conformance.adapters import PyTorchRegistry
        >>> registry = PyTorchRegistry()
        >>> pytorch_registry(registry, registry.tls).has_user_objects()
        False
    """
    return _Registry(module, tls)


@final
class _Registry:
    def __init__(self, module: Any, tls: Any) -> None:  # modules of any version of PyTorch
        self._module: Final = module
        self._tls: Final = tls
        self._trace = module.UserObjectRegistry()

    @property
    def constructors(self) -> Sequence[Constructor]:
        constructors: Sequence[Constructor] = self._trace.bytecode_constructors
        return constructors

    def has_user_objects(self) -> object:
        present: object = self._trace.needs_pre_graph_store()
        return present

    def register_user_object(self, value: object, source: Source) -> object:
        with self._tracing():
            index: object = self._module.register_user_object(value, source)
        return index

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> object:
        with self._tracing():
            index: object = self._module.register_graph_created_object(value, construct_fn)
        return index

    def store(self, *objects: object) -> object:
        returned: object = self._module.store_user_object_weakrefs(*objects)
        return returned

    def get(self, index: int) -> object:
        found: object = self._module.get_external_object_by_index(index)
        return found

    def set(self, index: int, value: object) -> None:
        self._module.set_external_object_by_index(index, value)

    def reset(self) -> None:
        self._module.reset_user_object_tracking()
        self._trace = self._module.UserObjectRegistry()

    def classify(self, error: BaseException) -> ErrorKind | None:
        return _kind_by_message(error)

    @contextmanager
    def _tracing(self) -> Generator[None]:
        before = getattr(self._tls, "current_tx", None)
        self._tls.current_tx = SimpleNamespace(output=SimpleNamespace(user_objects=self._trace))
        try:
            yield
        finally:
            self._tls.current_tx = before


def _kind_by_message(error: BaseException) -> ErrorKind | None:
    if isinstance(error, AssertionError):
        for words, kind in _KINDS:
            if words in str(error):
                return kind
    return None
