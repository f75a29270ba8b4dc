"""A registration calls neither its construct function nor its source nor its object.

Why:
    A construct function writes code when there is a codegen to write into, and at registration
    there is none. Called then, it writes nowhere, or makes the object twice.

Example:
    >>> table, calls = SideTable(), []
    >>> _ = table.register_graph_created_object(pool, lambda *passed: calls.append(passed))
    >>> calls
    []

Causes:
    * The function or the source is tried at registration, to find mistakes early.
    * A value that can be called is taken for a factory.
"""

from functools import partial

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.registering import Construct, Recorder
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import ConstructFn, CorrectTable
from sidetable_source import Codegen, Source

rule: Rule = Rule("constructor.lazy", CORE)


@rule.check(FACT)
def lazy(bench: Bench) -> None:
    """Registering alone calls nothing of what was handed over."""
    table = bench.fresh()
    called: list[str] = []
    construct_fn = Construct()
    value = partial(called.append, "the object")
    table.register_user_object(value, _WatchedSource(called))
    table.register_graph_created_object(value, construct_fn)
    seen = [*called, *("construct_fn" for _ in construct_fn.calls)]
    bench.require(not seen, "after two registrations", "nothing called", ", ".join(seen))


class _WatchedSource(Source):
    """A source that says when it is asked to write itself."""

    def __init__(self, called: list[str]) -> None:
        self._called = called

    @property
    def name(self) -> str:
        """What a person reads; asking for it is allowed."""
        return "watched"

    def reconstruct(self, codegen: Codegen) -> None:  # the name is the contract's
        """Notes the call."""
        self._called.append("source.reconstruct")


# Faulty tables, which the check has to notice.


@rule.fault
class ConstructFnIsTriedAtRegistration(CorrectTable):
    """A construct function is called at registration, to learn of its mistakes early."""

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        index = super().register_graph_created_object(value, construct_fn)
        construct_fn(index, Recorder())
        return index


@rule.fault
class SourceIsTriedAtRegistration(CorrectTable):
    """A source is told to write itself at registration, to see that it can."""

    def register_user_object(self, value: object, source: Source) -> int:
        index = super().register_user_object(value, source)
        source.reconstruct(Recorder())
        return index


@rule.fault
class CallablesAreTakenForFactories(CorrectTable):
    """A value that can be called is called at registration, to see what it makes."""

    def register_user_object(self, value: object, source: Source) -> int:
        index = super().register_user_object(value, source)
        if callable(value):
            value()
        return index
