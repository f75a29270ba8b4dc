"""What is asked of a target, and what it says of its errors and how to collect for it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial

import pytest

from sidetable_conformance import NotTestable, TargetError, run
from sidetable_conformance.adapters import PyTorchDictionaries
from sidetable_conformance.bench import Bench
from sidetable_conformance.driver import ErrorKind, Target, kind_by_type, open_target, takes
from sidetable_conformance.spec import CAPABILITIES
from sidetable_conformance.tables.core import CorrectTable
from sidetable_conformance.tables.isolated import IsolatedTable
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


def refusal(target: object, without: tuple[str, ...] = ()) -> str:
    """Returns the error for a target that cannot be used."""
    with pytest.raises(TargetError) as refused:
        open_target(target, without=without)
    return str(refused.value)


def bench_of(target: object) -> Bench:
    """Returns a bench over a target."""
    return Bench(open_target(target), OWN)


# --- capabilities ----------------------------------------------------------------------------


def lacking(target: object, *without: str) -> dict[str, str]:
    """Returns what a target is asked about and cannot have, with why not."""
    return dict(open_target(target, without=without).claims.lacking)


def test_everything_is_asked_about() -> None:
    """Neither the target nor its names have to say so."""
    target = open_target(Isolated)
    assert target.capabilities == {*CAPABILITIES}
    assert target.claims.without == frozenset()


def test_what_was_opted_out_of_is_not_asked_about() -> None:
    """However much of it the target has."""
    target = open_target(Isolated, without=["tables", "set"])
    assert target.capabilities == {*CAPABILITIES} - {"tables", "set"}
    assert run(Table, without=["set"]).summary["not-applicable"] == 4


def test_an_unknown_capability_is_refused() -> None:
    """A typo is named, harmlessly, with what there is."""
    text = refusal(Table, ("se\x1bt",))
    assert r"there is no capability 'se\x1bt'; choose from set, tables" in text


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("frames", "has no method frame"),
        ("entries", "has no method entry"),
        ("snapshots", "has no method snapshot"),
        ("handles", "has no method resolve"),
        ("hold", "has a register_user_object without a parameter hold"),
    ],
)
def test_what_no_name_is_for_is_lacking(word: str, why: str) -> None:
    """It is asked about all the same, unless it was opted out of."""
    assert lacking(Table)[word] == why
    assert word not in lacking(Table, word)
    assert lacking(Isolated) == {}


def test_a_table_of_its_own_is_not_several() -> None:
    """An object is one table, and no second one can be got from it."""
    assert lacking(Isolated()) == {"tables": "is one table, not a factory of tables"}


def test_pytorchs_names_have_no_frames() -> None:
    """A module with PyTorch's names can have what is about contexts, and no new operation."""
    names = lacking(PyTorchDictionaries)
    assert set(names) == {"frames", "entries", "hold", "snapshots", "handles"}
    assert set(names.values()) == {"has PyTorch's names, which have no such operation"}


def test_a_method_that_says_nothing_of_its_parameters_may_take_hold() -> None:
    """As one that is written in C, or passes on whatever it is given."""

    class Passing(Isolated):
        def register_user_object(self, *given: object, **named: object) -> int:  # type: ignore[override]
            return super().register_user_object(*given, **named)  # type: ignore[arg-type]

    assert lacking(Passing) == {}
    assert takes(zip, "__call__", "hold")
    assert not takes(zip, "missing", "hold")


def test_a_claim_that_can_not_be_read_is_refused() -> None:
    """A property that fails is told apart from one that is missing."""
    text = refusal(saying(classify=property(lambda self: 1 / 0)))
    assert "reading its classify raised ZeroDivisionError" in text


@pytest.mark.parametrize("name", ["classify", "collect"])
def test_a_claim_that_has_to_be_called_is(name: str) -> None:
    """Anything else under these names is refused before a run."""
    assert refusal(saying(**{name: 5})).endswith(f"its {name} cannot be called")


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
    assert bench.lookup_error(bench.fresh(), 0, "on a fresh table").said == "never-bound"


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
    with pytest.raises(TargetError, match=r"its classify\(\) raised ZeroDivisionError"):
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
        with pytest.raises(NotTestable, match=r"the target's collect\(\) frees nothing"):
            bench.collect()
    finally:
        gc.enable()


def test_a_collection_that_fails_is_the_targets_fault() -> None:
    """What it raises is told."""
    target: Target = open_target(saying(collect=lambda self: 1 / 0))
    with pytest.raises(TargetError, match=r"its collect\(\) raised ZeroDivisionError"):
        target.claims.collect()
