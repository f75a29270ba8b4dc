"""The parts that traces and scripts are made of, where no fault of the kit's needs them."""

from __future__ import annotations

import weakref
from functools import partial

import pytest

from sidetable_conformance.bench.registering import Origin
from sidetable_conformance.mutants import MUTANTS, CorrectTable, Edition
from sidetable_conformance.objects.describe import Caught
from sidetable_conformance.objects.kinds import CARRIERS, REFERENCEABLE, UNREFERENCEABLE
from sidetable_conformance.objects.things import Thing
from sidetable_conformance.stateful import explore
from sidetable_conformance.stateful.attribution import candidates
from sidetable_conformance.targets.shape import PYTORCH, SIDETABLE
from sidetable_conformance.targets.target import Target, open_target
from sidetable_conformance.tracing.answers import Answer, Expected, What, violated
from sidetable_conformance.tracing.draft import Draft, every_violation, shown_at_the_end
from sidetable_conformance.tracing.making import PLAIN_REFUSED, TEXTS, Made, maker
from sidetable_conformance.tracing.recognising import content_of, kind_of
from sidetable_conformance.tracing.script import script
from sidetable_conformance.tracing.shrinking import shortest
from sidetable_conformance.tracing.steps import (
    Apart,
    Construct,
    Drop,
    Enumerate,
    Get,
    Keep,
    Life,
    Register,
    RunKept,
    Set,
    Step,
    Store,
)
from sidetable_conformance.tracing.trace import Trace
from sidetable_source import Source

OWN: Edition = "2026.11"
USER = Origin.USER_OBJECT
KINDS = [*REFERENCEABLE, *UNREFERENCEABLE]
ERROR = Answer(What.REFUSED, error=Caught.of(OSError("no")), text="OSError: no")


class Unprintable:
    __slots__ = ()
    __repr__ = None


class Unreadable:
    __slots__ = ()
    __str__ = None


class Neither:
    __slots__ = ()
    __repr__ = __str__ = None


class Bare:
    __slots__ = ()


@pytest.fixture
def correct() -> Target:
    """A target that keeps every rule."""
    return open_target(partial(CorrectTable, OWN))


def draft(*steps: Step, objects: int = 3, edition: str = OWN) -> Draft:
    """Returns steps with plain objects."""
    return Draft(edition, (Made(),) * objects, steps)


def trace(expected: Expected, answer: Answer, *steps: Step, objects: int = 3) -> Trace:
    """Returns steps as a trace of which the last one fails."""
    return Trace(draft(*steps, objects=objects), expected, answer)


def written(shown: Trace) -> str:
    """Returns the script of a trace, which is Python."""
    text = script(shown, SIDETABLE, ("import mine", "table = mine.Table()"))
    compile(text, "script.py", "exec")
    return text


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_every_kind_of_the_checks_is_recognised(kind: object) -> None:
    """An object of a trace is of the kind that the check used."""
    assert kind_of(kind.make()) == kind.name


@pytest.mark.parametrize("carrier", CARRIERS, ids=[carrier.name for carrier in CARRIERS])
def test_what_is_carried_is_recognised(carrier: object) -> None:
    """The object in a list is known, since its death can be seen."""
    content = Thing("content")
    value = carrier.wrap(content)
    assert content_of(value) is content
    assert kind_of(value) in TEXTS


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (Unprintable(), "a value whose __repr__ raises"),
        (Unreadable(), "a value whose __str__ raises"),
        (Neither(), "a value that can not be printed in any way"),
        (Bare(), PLAIN_REFUSED),
        (frozenset(), "a frozenset"),
        (Thing("a").__init__, "a bound method"),
    ],
)
def test_every_other_value_is_taken_for_one_like_it(value: object, kind: str) -> None:
    """What a check makes for itself has a kind as well."""
    assert kind_of(value) == kind


@pytest.mark.parametrize("kind", TEXTS)
def test_a_text_makes_what_it_says(kind: str) -> None:
    """A kind can be weakly referenced exactly if its text says so."""
    holder = maker(TEXTS["an object with a method"], {})("holder", None)
    value = maker(TEXTS[kind], {"called": [], "weakref": weakref})("name", holder)
    try:
        weakref.ref(value)
    except TypeError:
        assert not TEXTS[kind].referenceable
    else:
        assert TEXTS[kind].referenceable


@pytest.mark.parametrize(
    "steps",
    [
        (Drop(0), Drop(0)),
        (Construct(0),),
        (Keep(0), RunKept(0)),
        (RunKept(0),),
        (Apart(0),),
        (Register(USER, 0), Apart(0)),
    ],
)
def test_steps_that_make_no_sense_are_no_failure(correct: Target, steps: tuple[Step, ...]) -> None:
    """Nothing is said about a constructor that nobody registered, or a second death."""
    meaningless = draft(*steps)
    assert every_violation(meaningless, correct) is None
    assert shown_at_the_end(meaningless, correct) is None


def test_what_a_refused_registration_leaves_bound_may_be_anything() -> None:
    """Edition dynamo-2.13 uses the index up, and does not say what a store had bound there."""

    class Unbinding(CorrectTable):
        def register_user_object(self, value: object, source: Source) -> int:
            self._references.pop(0, None)
            return super().register_user_object(value, source)

    objects = (Made(), Made(PLAIN_REFUSED))
    either = Draft("dynamo-2.13", objects, (Store((0,)), Register(USER, 1), Get(0)))
    for table in (CorrectTable, Unbinding):
        assert every_violation(either, open_target(partial(table, "dynamo-2.13"))) == ()


def test_the_life_of_what_can_not_be_referenced_is_not_asked(correct: Target) -> None:
    """Nobody could see it."""
    meaningless = Draft(OWN, (Made(PLAIN_REFUSED),), (Life(0),))
    assert every_violation(meaningless, correct) is None


def test_an_index_that_is_no_number_is_an_answer() -> None:
    """It is told like every other wrong index."""

    class Texts(CorrectTable):
        def register_user_object(self, value: object, source: object) -> str:
            return f"{super().register_user_object(value, source)}"

    found = shown_at_the_end(draft(Register(USER, 0)), open_target(partial(Texts, OWN)))
    assert found is not None
    assert found.answer.text == "'0'"


def test_a_refusal_that_names_no_kind_is_about_none() -> None:
    """An error named Unsupported has to say what it is about."""

    class Unsupported(Exception):  # noqa: N818  # the name is the contract's
        pass

    answer = Answer(What.REFUSED, error=Caught.of(Unsupported("no")))
    expected = Expected(What.UNSUPPORTED, origin=USER)
    assert violated(expected, answer, OWN) == Expected(What.ABOUT, origin=USER)


def test_an_attempt_to_shorten_comes_to_an_end() -> None:
    """Where nothing can be left out, a trace of very many objects is given up on."""
    many = tuple(range(70_000))
    long = draft(*[Store(many)] * 3, objects=len(many))
    asked: list[Draft] = []

    def fails(candidate: Draft) -> bool:
        asked.append(candidate)
        return False

    assert shortest(long, fails) == long
    assert len(asked) < 5


@pytest.mark.parametrize(
    ("shown", "condition"),
    [
        (
            trace(Expected(What.DONE_OR_LOOKUP_ERROR), ERROR, Set(5, 0)),
            "if isinstance(seen, Exception) and not isinstance(seen, ",
        ),
        (trace(Expected(What.LOOKUP_ERROR), ERROR, Get(5)), "if not isinstance(seen, (Asse"),
        (trace(Expected(What.TOLD_APART), Answer(What.NONE), Get(0), Apart(0)), "if not isinst"),
        (trace(Expected(What.INDICES, ()), ERROR, Enumerate()), "if seen != 0:"),
        (trace(Expected(What.INDICES, (0,)), Answer(What.INDICES, (1,)), Enumerate()), "[*range("),
        (
            trace(Expected(What.LIFE, value=True), Answer(What.LIFE), Drop(0), Get(0), Life(0)),
            "gc.collect()\nif watch() is None:",
        ),
    ],
)
def test_a_script_asks_what_was_expected(shown: Trace, condition: str) -> None:
    """Each kind of answer has a condition of its own."""
    assert condition in written(shown)


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ([Register(USER, number) for number in range(20)], "for value in objects]"),
        ([Register(USER, number) for number in range(3)], "for value in objects[0:3]]"),
        ([Register(USER, 3)], "table.register_user_object(objects[3], "),
        ([Store((5, 4))], "table.store(*[objects[5], objects[4]])"),
        ([Store((7, 8, 9))], "table.store(*objects[7:10])"),
        ([Store(())], "table.store()"),
        ([Drop(number) for number in range(20)], "objects.clear()"),
    ],
)
def test_many_objects_are_one_list(steps: list[Step], line: str) -> None:
    """A script has one line for all of them, and says which are meant by their positions."""
    every = (Store((*range(20),)), *steps, Get(0))
    text = written(trace(Expected(What.LOOKUP_ERROR), Answer(What.NONE), *every, objects=20))
    assert "objects = [Thing(n) for n in range(20)]" in text
    assert line in text


def test_what_is_not_made_together_has_no_script() -> None:
    """Many objects of which one goes alone would take too many lines."""
    shown = trace(Expected(What.NONE), ERROR, Drop(0), Store((*range(20),)), objects=20)
    assert written(shown) == ""


def test_a_script_that_would_be_long_is_none() -> None:
    """Nobody reads it."""
    steps = [Store((number % 3,)) for number in range(20)]
    assert written(trace(Expected(What.NONE), ERROR, *steps)) == ""


def test_a_value_that_needs_no_name_has_none() -> None:
    """A number stands where it is used, and is not let go."""
    objects = (Made(PLAIN_REFUSED), Made("a set"))
    steps = (Store((0, 1)), Drop(0), Get(0))
    shown = Trace(Draft(OWN, objects, steps), Expected(What.LOOKUP_ERROR), Answer(What.NONE))
    text = written(shown)
    assert "a = set()" not in text
    assert "b = set()" in text
    assert "with suppress(Exception): table.store(5, b)" in text
    assert "del" not in text


def test_a_script_uses_the_names_of_the_target() -> None:
    """PyTorch's names are as good as those of this project."""
    shown = trace(Expected(What.NONE), ERROR, Store((0,)))
    assert "table.store_user_object_weakrefs(a)" in script(shown, PYTORCH, ("import mine",))


@pytest.mark.parametrize(
    ("shown", "id_"),
    [
        (trace(Expected(What.TYPE_ERROR), Answer(What.NONE), Set(0, 0)), "set.not-weak-refe"),
        (trace(Expected(What.LOOKUP_ERROR), Answer(What.NONE), Set(9, 0)), "set.bounds"),
        (trace(Expected(What.DONE), ERROR, Store((0,)), Set(0, 1)), "set.replaces-one"),
        (trace(Expected(What.LIFE, value=1), Answer(What.LIFE), Set(0, 0), Life(0)), "set.lifet"),
        (trace(Expected(What.LIFE), Answer(What.LIFE, 1), Store((0,)), Life(0)), "store.holds"),
    ],
)
def test_a_trace_breaks_what_its_steps_are_about(shown: Trace, id_: str) -> None:
    """The last step says what is seen, and the others what was not borne."""
    assert candidates(shown)[0].startswith(id_)


def test_a_check_that_can_not_see_does_not_confirm() -> None:
    """Where no death can be seen, the likeliest requirement is named all the same."""
    [keeps] = [mutant for mutant in MUTANTS if mutant.__name__ == "UserObjectIsKept"]

    class Blind(keeps):
        collect = staticmethod(lambda: None)

    finding = explore(partial(Blind, OWN), OWN)
    assert finding is not None
    assert finding.id in candidates(finding.trace)
