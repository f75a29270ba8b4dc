"""Names that are no identifiers, chains of 10,000 steps and huge or hostile constants are refused
or right: what a source says is never executed as code, and nothing crashes over it.

Why:
    Sources are made from the names of a program, may come out of a cache on a disk, and become
    code. What is pasted into that as text can be any code at all.

Example:
    >>> table = SideTable()
    >>> def construct(index, codegen):
    ...     codegen.load_local("print('executed')")
    >>> with suppress(ValueError, LookupError):
    ...     index = table.register_graph_created_object(pool, construct)
    ...     table.entry(print, like=lambda pool: None)(pool)

Causes:
    * Code is put together as text, and names are put in unchecked.
    * A constant is written by its `repr`.
    * A chain is compiled recursively, without a limit.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ClassVar, Final

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.driver import call
from sidetable_conformance.elsewhere import Wait, forked
from sidetable_conformance.errors import NotTestable
from sidetable_conformance.objects import PAYLOAD, Lookups, Quoted, Verbs, canary, describe
from sidetable_conformance.registering import Recorder, entry_of
from sidetable_conformance.rule import ROBUST, Rule
from sidetable_conformance.tables.isolated import Fetching, Function, Hold, Names
from sidetable_conformance.tables.robust import RobustTable
from sidetable_source import LocalSource, Source
from sidetable_source.codegen import Constant

rule: Rule = Rule("robust.hostile-sources", ROBUST, needs=("constructor.user-object",))

_NAMES: Final = (
    PAYLOAD,
    f"pool or {PAYLOAD}",
    f"pool; {PAYLOAD}",
    f"pool\n{PAYLOAD}",
    f"pool=(pool, {PAYLOAD})",
    "class",
    "None",
    "",
    "1",
    "a b",
    "pool\0",
    "pool\ud800",
)
_LOCAL: Final = ("load_local", "pool")
_CONSTANTS: Final = (
    10**5_000,
    -(10**5_000),
    "x" * 1_000_000,
    f'"""\'\\\n\0\ud800{{0}}%s{PAYLOAD}',
    f"' + {PAYLOAD} + '",
    b"\xff" * 10_000,
    (((((), 1.5), "two"), -0.0), float("inf")),
    Quoted("key"),
)
_STEPS: Final = 10_000


@rule.check(FACT)
def hostile_sources(bench: Bench) -> None:
    """Registered, handed over, and where a target has entry functions, compiled and run."""
    with canary() as bird:
        table, value = bench.fresh(), Lookups()
        source = Verbs(("load_local", PAYLOAD))
        table.register_user_object(value, source)
        recorder = Recorder()
        for _, constructor in table.constructors():
            table.write(constructor, recorder)
        same = recorder.written == [("codegen", source)]
        when = "registering a source with a hostile name"
        bench.require(same, when, "a constructor that hands it over", "another")
        if bench.has("entries"):
            _compiled(bench)
        sang = f"something was run {bird.songs} times"
        bench.require(not bird.songs, "hostile sources", "nothing of them is run", sang)
    if bench.has("entries"):
        _long_chain(bench)


def _compiled(bench: Bench) -> None:
    for name in _NAMES:
        for kind, verbs in _with_name(name).items():
            when = f"an entry function with {name!a} as the name of {kind}"
            bench.raised(Exception, partial(_run, bench, Verbs(*verbs), Lookups()), when)
    for constant in _CONSTANTS:
        value = Lookups()
        source = Verbs(_LOCAL, ("load_const", constant), ("get_item",))
        outcome = _outcome(bench, source, value)
        keys = [key for key in value.keys if type(key) is type(constant) and key == constant]
        right = outcome == _REFUSED or (outcome == _RIGHT and len(keys) == len(value.keys) == 1)
        when = f"an entry function with a constant of type {type(constant).__name__}"
        bench.require(right, when, "refused or the constant", f"{outcome}, {describe(value.keys)}")


def _long_chain(bench: Bench) -> None:
    """In a child, which alone crashes if it does; where there is none, that is not left unsaid."""
    when = f"an entry function with a chain of {_STEPS} steps"
    chain = Verbs(_LOCAL, *[("get_attr", "itself")] * _STEPS)
    try:
        seen = forked(partial(_chained, bench, chain), lambda: None)
    except NotTestable as error:
        raise NotTestable(f"everything but {when} is right: {error}") from error
    right = seen[0] == _REFUSED or seen == [_RIGHT, f"{_STEPS}"]
    bench.require(right, when, f"{_REFUSED}, or all of them", f"{seen}")


def _chained(bench: Bench, chain: Source, _: Wait) -> list[str]:  # pragma: no cover  # in a child
    value = Lookups()
    return [_outcome(bench, chain, value), f"{value.steps}"]


def _with_name(name: str) -> dict[str, tuple[tuple[object, ...], ...]]:
    return {
        "a local variable": (("load_local", name),),
        "a closure variable": (("load_closure", name),),
        "a global variable": (("load_global", name),),
        "a module": (("load_import", name),),
        "an attribute": (_LOCAL, ("get_attr", name)),
        "a keyword": (_LOCAL, _LOCAL, ("call", 0, (name,))),
    }


_REFUSED: Final = "refused"
_RIGHT: Final = "right"


def _outcome(bench: Bench, source: Source, value: Lookups) -> str:
    try:
        found = _run(bench, source, value)
    except Exception:  # noqa: BLE001  # whichever error refuses it
        return _REFUSED
    return _RIGHT if found is value else f"it found {describe(found)}"


def _run(bench: Bench, source: Source, value: Lookups) -> object:
    """Returns what the graph of an entry function finds, whose one object has this source."""
    table = bench.fresh()
    table.register_user_object(value, source)
    return call(entry_of(table, lambda: table.get(0)), value)


# Faulty tables, which the check has to notice.


@rule.fault
class KnowsItsOwnSourcesOnly(RobustTable):
    """A source of a kind that somebody else has made becomes a local variable's."""

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        if not type(source).__module__.startswith("sidetable_source"):
            source = LocalSource("unknown")
        return super().register_user_object(value, source, hold=hold)


class _Evaluating(RobustTable):
    """Fetches by a codegen of its own."""

    kind: ClassVar[type[Fetching]]

    def _fetch(self, like: Function, names: Names, write: Callable[[Fetching], object]) -> object:
        fetching = self.kind(like, names)
        write(fetching)
        return fetching.finish()


class _ByText(Fetching):
    def load_local(self, name: str) -> None:
        self._stack.append(eval(name, {}, {**self._names}))  # noqa: S307  # the fault


@rule.fault
class NamesAreText(_Evaluating):
    """The name of a local variable is evaluated as an expression."""

    kind: ClassVar[type[Fetching]] = _ByText


class _ByRepr(Fetching):
    def load_const(self, value: Constant) -> None:
        self._stack.append(eval(repr(value), {"inf": float("inf")}))  # noqa: S307  # the fault


@rule.fault
class ConstantsAreText(_Evaluating):
    """A constant is written by its repr."""

    kind: ClassVar[type[Fetching]] = _ByRepr


class _Short(Fetching):
    def __init__(self, like: Function, names: Names) -> None:
        super().__init__(like, names)
        self._left = 1_000

    def get_attr(self, member: str) -> None:
        self._left -= 1
        step = super().get_attr if self._left >= 0 else str
        step(member)


@rule.fault
class ChainsAreCut(_Evaluating):
    """A chain ends after 1,000 steps."""

    kind: ClassVar[type[Fetching]] = _Short


@rule.fault
class NamesAreTriedOut(RobustTable):
    """The name of a source is evaluated to see whether it is an expression."""

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        with suppress(Exception):
            eval(source.name)  # noqa: S307  # the fault
        return super().register_user_object(value, source, hold=hold)
