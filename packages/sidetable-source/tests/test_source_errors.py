"""Every error: its code, its facts, its text, and its way through a pickle."""

from __future__ import annotations

import copy
import inspect
import pickle
import re

import pytest

from sidetable_source import errors
from sidetable_source.errors import (
    CodegenError,
    FrameError,
    IndexNotRegisteredError,
    InvalidSourceError,
    NoBindingError,
    NotWeakReferenceableError,
    ObjectNotAliveError,
    SideTableError,
    StaleHandleError,
    UnknownHandleError,
    Unsupported,
    WrongTableError,
    unimplemented,
)

# Class, code, the builtins that a caller would guess, and facts: all of them, under their names.
CATALOGUE = [
    (InvalidSourceError, "ST101", (ValueError,), {"what": "W", "why": "Y", "hint": "H"}),
    (CodegenError, "ST102", (ValueError,), {"what": "W", "why": "Y", "hint": "H"}),
    (
        Unsupported,
        "ST201",
        (RuntimeError,),
        {"gb_type": "G", "context": "C", "explanation": "E", "hints": ("H1", "H2")},
    ),
    (
        NotWeakReferenceableError,
        "ST202",
        (TypeError,),
        {"type_name": "int", "table": "t", "index": 3, "operation": "set"},
    ),
    (
        IndexNotRegisteredError,
        "ST301",
        (LookupError, AssertionError),
        {"index": 7, "table": "t", "registered": 2, "bound": 1},
    ),
    (
        NoBindingError,
        "ST302",
        (LookupError, AssertionError),
        {
            "table": "t",
            "index": 0,
            "source": "self.x",
            "reason": "R",
            "site": "a.py:1",
            "kind": "K",
        },
    ),
    (
        ObjectNotAliveError,
        "ST303",
        (ReferenceError, AssertionError),
        {
            "index": 0,
            "table": "t",
            "source": "self.x",
            "type_name": "Lock",
            "site": "a.py:1",
            "kind": "K",
        },
    ),
    (FrameError, "ST401", (RuntimeError,), {"what": "W", "why": "Y", "hint": "H", "table": "t"}),
    (StaleHandleError, "ST402", (LookupError,), {"handle": 5, "table": "t"}),
    (UnknownHandleError, "ST403", (LookupError,), {"handle": 5}),
    (WrongTableError, "ST404", (LookupError,), {"handle": 5, "table": "t", "owner": "u"}),
]
ERRORS = [kind(**facts) for kind, _code, _parents, facts in CATALOGUE]
HOSTILE = "<\x1b[31m\n\r\ud800\u202eevil\x00>"

by_name = pytest.mark.parametrize(
    ("kind", "code", "parents", "facts"), CATALOGUE, ids=[row[0].__name__ for row in CATALOGUE]
)


def test_catalogue_is_complete():
    """Every error of the project is in the list above."""
    exported = {
        value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, SideTableError) and name[0] != "_"
    }
    assert exported == {row[0] for row in CATALOGUE} | {SideTableError}


def test_codes_are_unique():
    """No two errors share a code, or an anchor in the documentation."""
    codes = [kind.code for kind in (SideTableError, *(row[0] for row in CATALOGUE))]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"ST\d{3}", code) for code in codes)


@by_name
def test_code_and_anchor(kind, code, parents, facts):
    """The code is as documented, and its anchor is the code in small letters."""
    error = kind(**facts)
    assert (error.code, error.anchor) == (code, code.lower())
    assert vars(kind)["code"] == code


@by_name
def test_parents(kind, code, parents, facts):
    """Each is caught as a SideTableError and as each builtin that a caller would guess."""
    for parent in (SideTableError, *parents):
        with pytest.raises(parent):
            raise kind(**facts)


@by_name
def test_facts(kind, code, parents, facts):
    """The facts are attributes under the names of the parameters, by position or by keyword."""
    for error in (kind(**facts), kind(*facts.values())):
        assert {name: getattr(error, name) for name in facts} == facts
        assert error.args == tuple(facts.values())
    assert list(inspect.signature(kind).parameters) == list(facts)


@by_name
def test_optional_facts(kind, code, parents, facts):
    """Facts that are not known can be left out; the text does without them."""
    parameters = inspect.signature(kind).parameters.values()
    needed = {p.name: facts[p.name] for p in parameters if p.default is p.empty}
    text = str(kind(**needed))
    assert text.startswith(f"[{code}] ")
    assert "None" not in text
    for called in ("store()", "resolve()", "snapshot()"):
        text = text.replace(called, "")
    assert "()" not in text


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(error, protocol):
    """An error comes back from a pickle with its facts, its text and its notes."""
    noted = copy.copy(error)
    noted.add_note("index 3, from self.x")
    again = pickle.loads(pickle.dumps(noted, protocol))
    assert type(again) is type(error)
    assert again.args == error.args
    assert vars(again) == vars(noted)
    assert str(again) == str(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_text_has_its_sentences(error):
    """The text is one line: the code, what happened, why, and what to do."""
    text = str(error)
    assert re.fullmatch(r"\[ST\d{3}\] .+\.", text)
    assert text.isprintable()
    assert text.count(". ") >= 2


@by_name
def test_text_shows_the_facts(kind, code, parents, facts):
    """Every fact is in the text."""
    text = str(kind(**facts))
    for fact in facts.values():
        for shown in fact if isinstance(fact, tuple) else (fact,):
            assert str(shown) in text


@by_name
def test_hostile_facts(kind, code, parents, facts):
    """Whatever is in a fact, the text is one printable line of bounded length."""
    for hostile in (HOSTILE, HOSTILE * 10_000):
        changed = {
            name: hostile
            if isinstance(fact, str)
            else (hostile,)
            if fact is facts.get("hints")
            else fact
            for name, fact in facts.items()
        }
        error = kind(**changed)
        assert str(error).isprintable()
        assert len(str(error)) < 5_000
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
        assert "\\x1b[31m\\n\\r\\ud800\\u202eevil\\x00" in str(error) or not set(
            changed.values()
        ) & {hostile}


@by_name
def test_huge_numbers(kind, code, parents, facts):
    """A number too long for Python to show in decimal digits does not hide the error."""
    changed = {name: 10**10_000 if isinstance(fact, int) else fact for name, fact in facts.items()}
    assert str(kind(**changed)).isprintable()


@by_name
def test_wrong_facts(kind, code, parents, facts):
    """Facts of a wrong type, as a forged pickle may hold, do not break the text."""

    class Broken:
        def __repr__(self):
            raise RuntimeError("broken")

        __str__ = __repr__

    changed = {name: (Broken(),) if name == "hints" else Broken() for name in facts}
    assert str(kind(**changed)).startswith(f"[{code}] ")


SHORT = {
    Unsupported("G", "C", "E"): "[ST201] G (C). E.",
    NotWeakReferenceableError("list", "t"): """\
[ST202] store() on table t cannot hold the list. A table holds objects weakly, and a list cannot \
be weakly referenced. Put it into an object that can be weakly referenced. Or register it with \
hold="frame", and bind it in a frame or an entry function.""",
    IndexNotRegisteredError(-1, "t"): """\
[ST301] Index -1 of table t was never registered or bound. The table has 0 registered and 0 bound \
indices, counted from 0. Register the object, or bind enough objects with store() or a frame.""",
    NoBindingError("t"): """\
[ST302] Table t has no binding in this context. A binding belongs to the context that made it, and \
a new thread starts without one. Bind the objects here with store() or a frame, or call an entry \
function. Or carry a binding over from where there is one: enter its snapshot() here, resolve() \
the handle of its frame, or run this code in a copy of that context.""",
    NoBindingError("t", 3, reason="It was reset"): """\
[ST302] Table t binds nothing to index 3 in this context. It was reset. Bind the objects here with \
store() or a frame, or call an entry function. Or carry a binding over from where there is one: \
enter its snapshot() here, resolve() the handle of its frame, or run this code in a copy of that \
context.""",
    ObjectNotAliveError(3, "t"): """\
[ST303] The object at index 3 of table t has died. A table holds objects weakly, and nothing else \
kept this one. Keep a reference to it for as long as the graph may run. Or bind it in a frame or \
an entry function, which hold it.""",
    ObjectNotAliveError(3, "t", type_name="Lock"): """\
[ST303] The object at index 3 of table t (Lock) has died. A table holds objects weakly, and \
nothing else kept this one. Keep a reference to it for as long as the graph may run. Or bind it in \
a frame or an entry function, which hold it.""",
    FrameError("W", "Y", "H"): "[ST401] W. Y. H.",
    StaleHandleError(5): """\
[ST402] Handle 5 is stale. It names a frame that has ended. Resolve a handle only while its frame \
is open, and take a new one for every call.""",
}


@pytest.mark.parametrize(("error", "text"), SHORT.items(), ids=lambda each: type(each).__name__)
def test_text_without_optional_facts(error, text):
    """The text is whole sentences, whichever facts are not known."""
    assert str(error) == text


def test_hints_may_be_a_list():
    """Hints are kept as a tuple, whatever sequence they were given as."""
    assert Unsupported("G", "C", "E", ["H"]).hints == ("H",)


def test_unimplemented():
    """It raises Unsupported with its facts, and without a cause where there was none."""
    with pytest.raises(Unsupported) as caught:
        unimplemented(gb_type="G", context="C", explanation="E", hints=["H"])
    assert caught.value.args == ("G", "C", "E", ("H",))
    assert caught.value.__cause__ is None
    assert not caught.value.__suppress_context__


def test_unimplemented_from():
    """What caused it is chained."""
    cause = TypeError("cause")
    with pytest.raises(Unsupported) as caught:
        unimplemented(gb_type="G", context="C", explanation="E", from_exc=cause)
    assert caught.value.__cause__ is cause


def test_context_is_left_out_when_empty():
    """A case that has no context of its own has no brackets for it."""
    assert str(Unsupported("G", "", "E")) == "[ST201] G. E."


def test_article():
    """A type is shown with the article that fits."""
    assert "and an int can" in str(NotWeakReferenceableError("int", "t"))
    assert "and a list can" in str(NotWeakReferenceableError("list", "t"))


def test_parent_shows_its_arguments():
    """The parent, made by somebody all the same, shows what it was given."""
    assert str(SideTableError("a", "b")) == "[ST000] a. b."
    assert str(SideTableError()) == "[ST000]"


def test_sentences_end_once():
    """A sentence that has its end gets no second one."""
    assert str(CodegenError("What?", "Why!", "Do it.")) == "[ST102] What? Why! Do it."
