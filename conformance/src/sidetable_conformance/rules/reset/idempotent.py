"""Reset can be called again, and on a fresh table, and leaves an empty table each time.

Why:
    A caller that wants an empty table calls reset, and cannot know whether it is empty already.

Example:
    >>> table = SideTable()
    >>> table.reset()
    >>> table.reset()
    >>> table.register_user_object(pool, source)
    0

Causes:
    * Reset swaps two bindings instead of clearing one.
    * Reset pops what is there, and raises when there is nothing.
    * Reset closes the table until the next registration.
"""

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.objects import Thing, describe, things
from sidetable_conformance.registering import Origin, indices, register, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Edition, Reference, Registering

rule: Rule = Rule("reset.idempotent", CORE)


@rule.check(FACT)
def idempotent(bench: Bench) -> None:
    """One more reset, of a table fresh or reset, changes nothing and raises nothing."""
    # What was bound stays alive throughout: were it dead, it could not come back.
    for kept, resets in ((things(0), 0), (things(0), 1), (things(3), 1), (things(3), 2)):
        before = _state(_reset(bench, kept, resets))
        after = _state(_reset(bench, kept, resets + 1))
        when = f"after {resets + 1} resets, with {len(kept)} registered before"
        for fact, was in before.items():
            bench.require(after[fact] == was, when, f"{fact} {was}", after[fact])


def _reset(bench: Bench, kept: list[Thing], resets: int) -> Driver:
    table = bench.fresh()
    register_all(table, Origin.USER_OBJECT, kept)
    table.store(*kept)
    for _ in range(resets):
        table.reset()
    return table


def _state(table: Driver) -> dict[str, str]:
    """Returns what can be seen of a table, and registers one more object to see its index."""
    state = {"constructors of": f"{indices(table)}", "presence": f"{table.present()}"}
    for index in range(4):
        try:
            state[f"index {index} finds"] = describe(table.get(index))
        except Exception:  # noqa: BLE001  # which error it is makes no difference here
            state[f"index {index} finds"] = "nothing"
    state["the next index"] = f"{register(table, Origin.USER_OBJECT, Thing('next'))}"
    return state


# Faulty tables, which the check has to notice.


@rule.fault
class SecondResetBringsBack(CorrectTable):
    """Reset swaps two bindings and clears neither, so the second brings the first back."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._other: dict[int, Reference] = {}

    def reset(self) -> None:
        bound, spare = self._references, self._other
        super().reset()
        self._references, self._other = spare, bound


@rule.fault
class ResetTwiceRaises(CorrectTable):
    """Reset closes the table until the next registration, and a closed one cannot be reset."""

    _closed = False

    def reset(self) -> None:
        if self._closed:
            raise RuntimeError("the table is closed")
        super().reset()
        self._closed = True

    def _take_index(self, kind: Registering) -> int:
        self._closed = False
        return super()._take_index(kind)
