"""What a target says about itself: its capabilities, its errors, how to collect for it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial

import pytest

from sidetable_conformance import NotTestable, TargetError, run
from sidetable_conformance.adapters import PyTorchDictionaries
from sidetable_conformance.bench import Bench
from sidetable_conformance.driver import ErrorKind, kind_by_type
from sidetable_conformance.tables.core import CorrectTable
from sidetable_conformance.tables.isolated import IsolatedTable
from sidetable_conformance.target import Target, open_target
from sidetable_source import (
    IndexNotRegisteredError,
    NoBindingError,
    NotWeakReferenceableError,
    ObjectNotAliveError,
    Unsupported,
)

pytestmark = pytest.mark.slow

OWN = "2026.11"


class Table(CorrectTable):
    """A correct table, on which a test hangs what it says about itself."""

    def __init__(self) -> None:
        super().__init__(OWN)


class Isolated(IsolatedTable):
    """A correct table that has every power there is."""

    def __init__(self) -> None:
        super().__init__(OWN)


def saying(**claims: object) -> type[Table]:
    """Returns a factory of tables that say this about themselves."""
    return type("Saying", (Table,), claims)


def refusal(target: object, capabilities: tuple[str, ...] | None = None) -> str:
    """Returns what is said of a target that can not be used."""
    with pytest.raises(TargetError) as refused:
        open_target(target, capabilities=capabilities)
    return str(refused.value)


def bench_of(target: object) -> Bench:
    """Returns a bench over a target."""
    return Bench(open_target(target), OWN)


# --- capabilities ----------------------------------------------------------------------------


def test_what_is_declared_is_believed_where_it_is_there() -> None:
    """A declared capability is one that the target has."""
    target = open_target(saying(capabilities=("set",)))
    assert target.capabilities == {"set"}
    assert target.claims.notices == ()


def test_what_is_there_and_not_declared_is_a_notice_and_not_asked() -> None:
    """A target that declares nothing of its `set` is told so, and not judged by it."""
    target = open_target(saying(capabilities=()))
    assert target.capabilities == frozenset()
    assert target.claims.notices == (
        "it has set, and does not declare the capability set, so nothing is asked about it",
    )
    assert run(saying(capabilities=())).summary["not-applicable"] == 4


def test_the_caller_can_declare_for_a_target() -> None:
    """What the caller says takes the place of what the target says."""
    assert open_target(saying(capabilities=()), capabilities=["set"]).capabilities == {"set"}
    assert open_target(Table, capabilities=()).capabilities == frozenset()


def test_a_factory_may_declare_for_its_tables() -> None:
    """An attribute of the factory counts where the table has none."""

    def factory() -> Table:
        return Table()

    factory.capabilities = frozenset()
    assert open_target(factory).capabilities == frozenset()


def test_what_is_declared_and_missing_is_refused() -> None:
    """A declared capability without its method can not be asked about."""
    text = refusal(saying(set=None, capabilities=["set"]))
    assert text.endswith("it declares the capability set, and has no set to call")


def test_an_unknown_capability_is_refused() -> None:
    """A slip of the pen is named, harmlessly, with what there is."""
    text = refusal(Table, ("se\x1bt",))
    assert r"there is no capability se\x1bt; choose from set" in text


@pytest.mark.parametrize("word", ["threads", "tasks", "greenlets", "tables", "hold"])
def test_what_no_name_shows_is_believed(word: str) -> None:
    """Only its checks can tell whether a target keeps its threads apart, and what it holds."""
    assert open_target(Table, capabilities=[word]).capabilities == {word}


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("frames", "frame"),
        ("entries", "entry"),
        ("snapshots", "snapshot"),
        ("handles", "resolve"),
    ],
)
def test_what_a_name_shows_has_to_be_there(word: str, name: str) -> None:
    """A target without frames can not declare them."""
    said = f"it declares the capability {word}, and has no {name} to call"
    assert refusal(Table, (word,)).endswith(said)


def test_a_table_of_its_own_is_not_several() -> None:
    """An object is one table, and no second one can be got from it."""
    said = "it declares the capability tables, and is one table"
    assert refusal(Table(), ("tables",)).endswith(said)


def test_pytorchs_names_have_no_frames() -> None:
    """A module with PyTorch's names can declare what is about contexts, and no new operation."""
    table = PyTorchDictionaries()
    shown = open_target(table, capabilities=["threads", "tasks", "greenlets"]).capabilities
    assert shown == {"threads", "tasks", "greenlets"}
    said = "it declares the capability frames, and PyTorch's names have nothing for it"
    assert refusal(table, ("frames",)).endswith(said)


def test_what_the_names_show_is_taken_for_declared() -> None:
    """Every operation counts, and the parameter by which a registration says how it is held."""
    bare = type("Bare", (Isolated,), {"capabilities": None})
    shown = {"set", "frames", "entries", "snapshots", "handles", "hold"}
    assert open_target(bare).capabilities == shown
    little = type("Little", (Isolated,), {"capabilities": ["set", "snapshots"]})
    said = {notice.partition(",")[0] for notice in open_target(little).claims.notices}
    assert said == {
        f"it has {name}" for name in ("frame", "entry", "resolve", "a parameter `hold`")
    }


@pytest.mark.parametrize("capabilities", ["set", b"set", 5, [5], lambda self: ["set"]])
def test_capabilities_that_are_no_collection_of_names_are_refused(capabilities: object) -> None:
    """A text, a number and a method are none."""
    assert "its capabilities are no collection of names" in refusal(
        saying(capabilities=capabilities)
    )


def test_a_claim_that_can_not_be_read_is_refused() -> None:
    """A property that fails is told apart from one that is missing."""
    text = refusal(saying(capabilities=property(lambda self: 1 / 0)))
    assert "reading its capabilities gave ZeroDivisionError" in text


@pytest.mark.parametrize("name", ["classify", "collect"])
def test_a_claim_that_has_to_be_called_is(name: str) -> None:
    """Anything else under these names is refused before a run."""
    assert refusal(saying(**{name: 5})).endswith(f"its {name} can not be called")


# --- errors ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (IndexNotRegisteredError(0, "t"), ErrorKind.NEVER_BOUND),
        (NoBindingError("t"), ErrorKind.NO_BINDING),
        (ObjectNotAliveError(0, "t"), ErrorKind.DIED),
        (NotWeakReferenceableError("t", "int"), ErrorKind.NOT_WEAK_REFERENCEABLE),
        (Unsupported("a", "b", "c", ()), ErrorKind.UNSUPPORTED),
        (KeyError(0), ErrorKind.NEVER_BOUND),
        (ReferenceError(), ErrorKind.DIED),
        (AssertionError(), ErrorKind.NOT_FOUND),
        (TypeError(), ErrorKind.NOT_WEAK_REFERENCEABLE),
        (ValueError(), None),
    ],
)
def test_types_show_kinds(error: Exception, kind: ErrorKind | None) -> None:
    """The errors of sidetable_source are known, and after them the builtins."""
    assert kind_by_type(error) is kind


def raising(never: Exception, died: Exception, **claims: object) -> type[Table]:
    """Returns a factory of tables whose lookups fail with these."""

    def _never_bound(self: object, index: int) -> object:
        raise never

    def _died(self: object, index: int) -> object:
        raise died

    return saying(_never_bound=_never_bound, _died=_died, **claims)


def by_message(self: object, error: Exception) -> str | None:
    """Says which failure a RuntimeError is, as a target can that has only its words."""
    return {"unknown": "never-bound", "gone": "died"}.get(str(error))


def test_a_target_can_say_which_failure_an_exception_is() -> None:
    """Errors of a type of its own are a lookup's because the target says so."""
    tables = raising(RuntimeError("unknown"), RuntimeError("gone"))
    assert "lookup.unregistered-is-error" in run(tables).failed
    saying_so = raising(RuntimeError("unknown"), RuntimeError("gone"), classify=by_message)
    assert run(saying_so).failed == ("lookup.error-kinds",)


def test_what_a_target_does_not_classify_is_known_by_type() -> None:
    """None says nothing, and the default is asked."""
    bench = bench_of(saying(classify=by_message))
    assert bench.not_found(bench.fresh(), 0, "on a fresh table").said == "never-bound"


def test_messages_differ_only_where_the_target_says_so() -> None:
    """Under the older edition, texts that always differ do not tell two failures apart."""
    count = iter(range(10**6))

    def fail(self: object, index: int) -> object:
        raise AssertionError(f"failure {next(count)}")

    def table(**claims: object) -> Callable[[], CorrectTable]:
        kind = type("Saying", (CorrectTable,), {"_never_bound": fail, "_died": fail, **claims})
        return partial(kind, "dynamo-2.13")

    silent = table(classify=lambda self, error: None)
    assert run(table(), edition="dynamo-2.13").failed == ()
    assert run(silent, edition="dynamo-2.13").failed == ("lookup.error-kinds",)


def test_an_error_that_a_target_calls_another_kind_is_no_lookups() -> None:
    """What a target classifies itself is not known by its type."""
    bench = bench_of(saying(classify=lambda self, error: "unsupported"))
    assert not bench.is_lookups(LookupError())


@pytest.mark.parametrize("said", ["dead", 5, b"died", ["died"]])
def test_a_kind_that_there_is_not_is_the_targets_fault(said: object) -> None:
    """A classification that says nothing sensible ends the run."""
    target = open_target(saying(classify=lambda self, error: said))
    with pytest.raises(TargetError, match=r"its classify\(\) returned .*, which is none of never-"):
        target.claims.classify(KeyError())


def test_a_classification_that_fails_is_the_targets_fault() -> None:
    """What it raises is told, and no verdict is given."""
    with pytest.raises(TargetError, match=r"its classify\(\) gave ZeroDivisionError"):
        run(saying(classify=lambda self, error: 1 / 0))


# --- collections -----------------------------------------------------------------------------


def test_collections_go_through_the_targets_own() -> None:
    """A target that has a collector of its own is collected by it."""
    calls: list[int] = []

    def collect(self: object) -> None:
        calls.append(gc.collect())

    bench = bench_of(saying(collect=collect))
    bench.collect()
    assert len(calls) == 1


def test_a_collection_that_lets_nothing_go_is_not_testable() -> None:
    """The control of every collection is there for the target's own too."""
    bench = bench_of(saying(collect=lambda self: None))
    gc.disable()  # the object of the control must not be found by chance
    try:
        with pytest.raises(NotTestable, match=r"the target's collect\(\) lets nothing go"):
            bench.collect()
    finally:
        gc.enable()


def test_a_collection_that_fails_is_the_targets_fault() -> None:
    """What it raises is told."""
    target: Target = open_target(saying(collect=lambda self: 1 / 0))
    with pytest.raises(TargetError, match=r"its collect\(\) gave ZeroDivisionError"):
        target.claims.collect()
