"""Sources that are hostile: what they say is never run, and nothing crashes over it."""

from __future__ import annotations

from functools import partial
from typing import Final

from sidetable_conformance.bench.bench import FACT, Bench
from sidetable_conformance.bench.check import check
from sidetable_conformance.bench.entering import entry_of
from sidetable_conformance.bench.recorder import Recorder
from sidetable_conformance.errors import NotTestable
from sidetable_conformance.objects.describe import describe
from sidetable_conformance.objects.hostile import PAYLOAD, Lookups, Quoted, Verbs, canary
from sidetable_conformance.processes.forking import Wait, forked
from sidetable_conformance.targets.driver import call
from sidetable_source import Source

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


@check("robust.hostile-sources", FACT)
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
    keyword = (_LOCAL, _LOCAL, ("call", 0, (name,)))
    return {
        "a local variable": (("load_local", name),),
        "a closure variable": (("load_closure", name),),
        "a global variable": (("load_global", name),),
        "a module": (("load_import", name),),
        "an attribute": (_LOCAL, ("get_attr", name)),
        "a keyword": keyword,
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
