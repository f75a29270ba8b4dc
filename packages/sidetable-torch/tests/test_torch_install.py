"""Installing the repair, uninstalling it, and what it refuses."""

from __future__ import annotations

import inspect
import pickle
import runpy
import subprocess
import sys
import textwrap
import threading
import types
import warnings
import weakref

import pytest
import torch
from torch._dynamo import eval_frame, graph_bytecode_inputs
from torch._dynamo.aot_compile import AOTCompiledFunction
from torch._dynamo.convert_frame import ConvertFrameAssert
from torch._dynamo.output_graph import OutputGraph
from torch._functorch._aot_autograd import runtime_wrappers
from torch.autograd.function import BackwardCFunction
from torch.export import _trace

import sidetable_torch
from scaling import Scale, compiled, looked_up, one, ones
from sidetable_torch import RepairError

OWNERS = (
    graph_bytecode_inputs,
    eval_frame._TorchDynamoContext,
    OutputGraph,
    AOTCompiledFunction,
    ConvertFrameAssert,
    _trace,
    BackwardCFunction,
    torch.autograd.graph,
)
FUNCTIONS = (
    "has_user_objects",
    "stash_graph_created_object",
    "set_external_object_by_index",  # new in 2.12
    "get_external_object_by_index",
    "store_user_object_weakrefs",
    "reset_user_object_tracking",
    "register_graph_created_object",
    "register_user_object",
)


class Scaling(torch.nn.Module):
    """A module that has a leaf module, as it is."""

    def __init__(self):
        super().__init__()
        self.scale = Scale(2.0)

    def forward(self, x):
        """Look the leaf up."""
        return one(x, self.scale)


def everything():
    """What PyTorch has now, as far as the repair could touch it."""
    found = {(owner, name): value for owner in OWNERS for name, value in vars(owner).items()}
    functions = [vars(graph_bytecode_inputs).get(name) for name in FUNCTIONS]
    return found, [getattr(function, "__code__", None) for function in functions]


def test_uninstalling_puts_everything_back():
    """Every attribute is the object that it was, and every function has its code."""
    before = everything()
    sidetable_torch.install()
    assert everything() != before
    sidetable_torch.uninstall()
    assert everything() == before


def test_installing_twice_is_harmless():
    """The second time changes nothing, and one uninstall is enough."""
    before = everything()
    sidetable_torch.install()
    once = everything()
    sidetable_torch.install()
    assert everything() == once
    sidetable_torch.uninstall()
    assert everything() == before
    sidetable_torch.uninstall()
    assert everything() == before


def test_a_block_leaves_the_process_as_it_found_it():
    """An inner block of a process that is repaired leaves it repaired."""
    with sidetable_torch.install():
        with sidetable_torch.install():
            assert sidetable_torch.is_installed()
        assert sidetable_torch.is_installed()
    assert not sidetable_torch.is_installed()


def test_the_table_that_the_kit_imports_is_repaired():
    """A target is only named, so importing the module that it is named in installs the repair."""
    found = runpy.run_module("sidetable_torch.repaired")
    assert found["table"] is graph_bytecode_inputs
    assert sidetable_torch.is_installed()


def test_functions_keep_their_identity():
    """Whoever imported a function by value has the one that the module has."""
    before = [vars(graph_bytecode_inputs).get(name) for name in FUNCTIONS]
    with sidetable_torch.install():
        assert [vars(graph_bytecode_inputs).get(name) for name in FUNCTIONS] == before


def test_the_class_of_compiled_functions_may_be_looked_at():
    """What looks at every name of a class finds one that the repair has put there, and no error."""
    with sidetable_torch.install():
        assert "enter_exit_hooks" in dict(inspect.getmembers(eval_frame._TorchDynamoContext))


def test_what_is_bound_is_carried_over_and_back():
    """An object that was stored before is found after, in both directions."""
    first, second = Scale(2.0), Scale(3.0)
    get = graph_bytecode_inputs.get_external_object_by_index
    graph_bytecode_inputs.store_user_object_weakrefs(first)
    with sidetable_torch.install():
        assert get(0) is first
        graph_bytecode_inputs.store_user_object_weakrefs(second)
    assert get(0) is second


def test_functions_that_were_compiled_before_take_part():
    """Their calls restore what they found, and their backward finds what their forward had."""
    function, modules = compiled(looked_up, "eager"), [Scale(2.0), Scale(3.0)]
    for module in modules:
        function(ones(), module)
    with sidetable_torch.install():
        graph_bytecode_inputs.reset_user_object_tracking()
        inputs = [ones(grad=True) for _ in modules]
        outputs = [function(x, module) for x, module in zip(inputs, modules, strict=True)]
        assert not graph_bytecode_inputs.index_to_external_object_weakref
        (gradient,) = torch.autograd.grad(outputs[0].sum(), inputs[0])
        assert gradient.tolist() == [2.0, 2.0]


def test_compiled_modules_that_were_pickled_take_part():
    """A call of what was loaded restores what it found, and nothing of ours is in the pickle."""
    with sidetable_torch.install():
        module = torch.compile(Scaling(), backend="eager")
        module(ones())
        pickled = pickle.dumps(module)
        assert b"sidetable_torch" not in pickled
        loaded = pickle.loads(pickled)
        graph_bytecode_inputs.reset_user_object_tracking()
        assert loaded(ones()).tolist() == [2.0, 2.0]
        assert not graph_bytecode_inputs.index_to_external_object_weakref


def test_hooks_are_pytorchs_own_again():
    """Functions that were called or compiled meanwhile have what they would have without it."""
    before = torch._dynamo.optimize("eager")
    with sidetable_torch.install():
        meanwhile = torch._dynamo.optimize("eager")
        before(Scaling())(ones())
        meanwhile(Scaling())(ones())
    after = torch._dynamo.optimize("eager")
    before, meanwhile, after = (
        [hook.__qualname__ for hook in vars(context)["enter_exit_hooks"]]
        for context in (before, meanwhile, after)
    )
    assert before == meanwhile == after


def test_hooks_that_are_added_later_come_before_ours():
    """Ours is there once, whoever adds one of their own; afterwards theirs stays."""
    context, calls = torch._dynamo.optimize("eager"), []

    def theirs():
        calls.append(1)
        return lambda: None

    with sidetable_torch.install():
        context.enter_exit_hooks += [theirs]
        context(Scaling())(ones())
        *_, added, ours = vars(context)["enter_exit_hooks"]
    assert added is theirs
    assert calls == [1]
    assert vars(context)["enter_exit_hooks"][-1] is theirs
    assert ours not in vars(context)["enter_exit_hooks"]


def test_functions_that_were_compiled_meanwhile_go_on():
    """After uninstalling they work as PyTorch's own do."""
    module = Scale(2.0)
    with sidetable_torch.install():
        function = compiled(one, "aot_eager")
        function(ones(), module)
    assert function(ones(), module).tolist() == [2.0, 2.0]
    assert graph_bytecode_inputs.get_external_object_by_index(0) is module


def refused(**options):
    """Asserts that the repair is refused and nothing changes; returns the error's text."""
    before = everything()
    with pytest.raises(RepairError) as caught:
        sidetable_torch.install(**options)
    assert everything() == before
    assert not sidetable_torch.is_installed()
    return str(caught.value)


def test_a_version_that_was_not_tested_is_warned_of_once(monkeypatch):
    """If its table looks as the repair knows it, the repair is installed."""
    monkeypatch.setattr(torch, "__version__", "2.99.0")
    with pytest.warns(RuntimeWarning, match=r"2\.99\.0"), sidetable_torch.install():
        assert sidetable_torch.is_installed()
    with warnings.catch_warnings(action="error"), sidetable_torch.install():
        assert sidetable_torch.is_installed()


def test_a_version_that_was_not_tested_can_be_refused(monkeypatch):
    """For those who would rather not find out by themselves; nothing is warned of."""
    monkeypatch.setattr(torch, "__version__", "2.98.0")
    with warnings.catch_warnings(action="error"):
        assert "2.98.0" in refused(untested="refuse")


def test_a_tested_version_is_not_refused():
    """The strict get the repair on the version that these tests run on."""
    with sidetable_torch.install(untested="refuse"):
        assert sidetable_torch.is_installed()


def test_another_answer_to_untested_versions_is_a_value_error():
    """There are two."""
    with pytest.raises(ValueError, match="'ignore'"):
        sidetable_torch.install(untested="ignore")
    assert not sidetable_torch.is_installed()


def test_installing_logs_one_line(caplog):
    """It says what was found, and everything that was replaced."""
    with caplog.at_level("INFO", logger="sidetable_torch"), sidetable_torch.install():
        pass
    (line,) = [one.getMessage() for one in caplog.records if one.name == "sidetable_torch"]
    assert torch.__version__ in line
    assert "two dictionaries and a list" in line
    assert "BackwardCFunction.apply" in line


def test_importing_the_package_imports_nothing_of_the_repair():
    """Graphs and custom ops need no private module of PyTorch's."""
    program = """
        import sys, sidetable_torch
        print([name for name in sys.modules if name.startswith("sidetable_torch.repair")])
    """
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_private_module_that_is_gone_is_refused(monkeypatch):
    """The error names it."""
    with sidetable_torch.install():
        pass  # the repair's modules are imported
    monkeypatch.delattr(sidetable_torch.repair, "shape")
    monkeypatch.delitem(sys.modules, "sidetable_torch.repair.shape")
    monkeypatch.setitem(sys.modules, "torch._dynamo.aot_compile", None)
    assert "torch._dynamo.aot_compile" in refused()


def test_a_table_of_lists_with_a_registry_for_each_trace_is_refused(monkeypatch):
    """What PyTorch has had since 2.14: constructors belong to the trace."""
    monkeypatch.setattr(graph_bytecode_inputs, "index_to_external_object_weakref", [])
    monkeypatch.delattr(graph_bytecode_inputs, "index_to_bytecode_constructor")
    monkeypatch.delattr(graph_bytecode_inputs, "has_user_objects")
    registry = type("UserObjectRegistry", (), {})
    monkeypatch.setattr(graph_bytecode_inputs, "UserObjectRegistry", registry, raising=False)
    assert "index_to_bytecode_constructor is not a dict" in refused()


def test_a_table_for_each_thread_is_refused(monkeypatch):
    """Another one that PyTorch has tried: everything is in one thread-local object."""
    for name in ("index_to_bytecode_constructor", "index_to_external_object_weakref", "keep_alive"):
        monkeypatch.delattr(graph_bytecode_inputs, name)
    monkeypatch.setattr(graph_bytecode_inputs, "_registry", threading.local(), raising=False)
    assert "is not a dict" in refused()


@pytest.mark.parametrize("name", ["index_to_external_object_weakref", "keep_alive"])
def test_another_kind_of_container_is_refused(monkeypatch, name):
    """PyTorch's table has been lists in other versions."""
    monkeypatch.setattr(graph_bytecode_inputs, name, ())
    assert name in refused()


def test_a_function_that_is_gone_is_refused(monkeypatch):
    """What is not there cannot be relied on."""
    monkeypatch.delattr(graph_bytecode_inputs, "stash_graph_created_object")
    assert "stash_graph_created_object is not a Python function" in refused()


def test_other_parameters_are_refused(monkeypatch):
    """What takes something else means something else."""
    monkeypatch.setattr(OutputGraph, "install_global_unsafe", lambda self, name: None)
    assert "install_global_unsafe has other parameters" in refused()


def test_a_function_of_another_module_is_refused(monkeypatch):
    """A function that somebody has put there uses a table of its own."""

    def has_user_objects():
        return False

    monkeypatch.setattr(graph_bytecode_inputs, "has_user_objects", has_user_objects)
    assert "does not use the table of its module" in refused()


def test_other_code_in_a_function_is_refused(monkeypatch):
    """Some projects replace the code of the lookup; theirs would be lost."""
    function = graph_bytecode_inputs.get_external_object_by_index
    monkeypatch.setattr(function, "__code__", (lambda index: index).__code__)
    assert "other code" in refused()


def test_hooks_in_the_class_are_refused(monkeypatch):
    """The repair's own would hide them."""
    monkeypatch.setattr(eval_frame._TorchDynamoContext, "enter_exit_hooks", (), raising=False)
    assert "hooks" in refused()


def test_other_users_of_the_hooks_are_refused(monkeypatch):
    """A call of theirs would not end what it has bound."""
    context = eval_frame._TorchDynamoContext
    monkeypatch.setattr(context, "again", lambda self: self.enter_exit_hooks, raising=False)
    assert "use enter_exit_hooks" in refused()


@pytest.mark.parametrize(
    ("module", "name", "text"),
    [
        ("torch._dynamo.output_graph", "index_to_bytecode_constructor", "constructors"),
        ("torch._dynamo.convert_frame", "reset_user_object_tracking", "another table"),
        (
            "torch._higher_order_ops.invoke_leaf_function",
            "_leaf_function_module_retriever",
            "elsewhere",
        ),
    ],
)
def test_users_with_another_table_are_refused(monkeypatch, module, name, text):
    """A compiler that uses another table would not be repaired."""
    monkeypatch.setitem(vars(sys.modules[module]), name, None)
    assert text in refused()


def test_what_only_newer_versions_have_may_be_missing(monkeypatch):
    """PyTorch 2.11 has neither; a backward finds what its forward had without them."""
    monkeypatch.delattr(graph_bytecode_inputs, "set_external_object_by_index", raising=False)
    monkeypatch.delattr(BackwardCFunction, "apply_boxed", raising=False)
    with sidetable_torch.install():
        function, modules = compiled(looked_up, "eager"), [Scale(2.0), Scale(3.0)]
        inputs = [ones(grad=True) for _ in modules]
        outputs = [function(x, module) for x, module in zip(inputs, modules, strict=True)]
        (gradient,) = torch.autograd.grad(outputs[0].sum(), inputs[0])
        assert gradient.tolist() == [2.0, 2.0]


def test_other_backward_nodes_are_refused(monkeypatch):
    """Nodes that run in another way would not find what they kept."""
    monkeypatch.setattr(BackwardCFunction, "apply", lambda self: None)
    assert "apply has other parameters" in refused()


def test_backward_nodes_with_a_constructor_are_refused(monkeypatch):
    """The repair's own would hide it."""
    monkeypatch.setattr(BackwardCFunction, "__init__", lambda self: None)
    assert "constructor" in refused()


def test_another_way_to_export_is_refused(monkeypatch):
    """What is no Python function cannot be called around."""
    monkeypatch.setattr(_trace, "_strict_export", print)
    assert "_strict_export" in refused()


def test_a_table_that_was_imported_by_value_is_refused(monkeypatch):
    """A module that has the dictionary itself would go on with the old one."""
    other = types.ModuleType("somebody")
    other.table = graph_bytecode_inputs.index_to_external_object_weakref
    monkeypatch.setitem(sys.modules, "somebody", other)
    monkeypatch.setitem(sys.modules, "no_module", object())
    assert "somebody.table" in refused()


@pytest.mark.parametrize("change", [sidetable_torch.install, sidetable_torch.uninstall])
def test_a_thread_that_compiles_can_not_change_tables(change):
    """A backend that tries to is told so, and the compiler goes on with the table it had."""
    is_uninstall = change is sidetable_torch.uninstall
    if is_uninstall:
        sidetable_torch.install()
    seen = []

    def backend(graph, inputs):
        with pytest.raises(RepairError, match="compiling") as caught:
            change()
        seen.append(caught.value)
        return graph

    assert compiled(one, backend)(ones(), Scale(2.0)).tolist() == [2.0, 2.0]
    assert seen
    assert sidetable_torch.is_installed() == is_uninstall


def test_what_somebody_has_replaced_since_is_not_undone(monkeypatch):
    """Uninstalling is refused and changes nothing, until they have put it back."""
    sidetable_torch.install()
    with monkeypatch.context() as patch:
        patch.setattr(graph_bytecode_inputs, "keep_alive", [])
        before = everything()
        with pytest.raises(RepairError, match="keep_alive"):
            sidetable_torch.uninstall()
        assert everything() == before
    sidetable_torch.uninstall()


def test_a_table_that_was_imported_by_value_since_is_put_back(monkeypatch):
    """A module that was imported after the repair has PyTorch's own table after uninstalling."""
    found = graph_bytecode_inputs.index_to_external_object_weakref, graph_bytecode_inputs.keep_alive
    other = types.ModuleType("somebody")
    monkeypatch.setitem(sys.modules, "somebody", other)
    with sidetable_torch.install():
        other.table = graph_bytecode_inputs.index_to_external_object_weakref
        other.kept = graph_bytecode_inputs.keep_alive
    assert other.table is found[0]
    assert other.kept is found[1]


def test_the_table_that_pytorch_itself_imports_by_value_is_replaced(monkeypatch):
    """PyTorch 2.14 copies it for each backward, which would keep every module alive."""
    name, module = "index_to_external_object_weakref", Scale(2.0)
    own = vars(graph_bytecode_inputs)[name]
    monkeypatch.setattr(runtime_wrappers, name, own, raising=False)
    with sidetable_torch.install():
        graph_bytecode_inputs.store_user_object_weakrefs(module)
        assert list(vars(runtime_wrappers)[name].items()) == []
        vars(runtime_wrappers)[name][5] = weakref.ref(module)
        assert graph_bytecode_inputs.get_external_object_by_index(5) is module
    assert vars(runtime_wrappers)[name] is own
