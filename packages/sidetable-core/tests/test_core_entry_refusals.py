"""What no entry function can stand for."""

from __future__ import annotations

import functools
import types
from functools import partial

import pytest

from sidetable_core import SideTable
from sidetable_source import ClosureSource, CodegenError, LocalSource


class Thing:
    """An object that can be weakly referenced."""


def made(text, name="like", **namespace):
    """A function made from its definition."""
    exec(text, namespace)
    return namespace[name]


class Callable:
    """Is called like a function, and is none."""

    def __call__(self):
        """What it does."""

    @staticmethod
    def static():
        """What it does."""

    def method(self):
        """What it does."""


def generator():
    """Yields."""
    yield


async def async_generator():
    """Yields."""
    yield


REFUSED = [
    None,
    len,
    Callable,
    Callable(),
    Callable().method,
    Callable.__dict__["static"],
    partial(made),
    functools.lru_cache(made),
    "like",
    generator,
    async_generator,
    types.coroutine(generator),
]


@pytest.mark.parametrize("like", REFUSED)
def test_what_is_no_plain_function_is_refused(like):
    """The error says what is refused and what to pass instead."""
    with pytest.raises(CodegenError) as caught:
        SideTable().entry(print, like=like)
    assert "function" in str(caught.value)


@pytest.mark.parametrize("like", [generator, async_generator])
def test_generator_functions_are_refused_for_what_they_are(like):
    """A frame would stay open across a yield."""
    with pytest.raises(CodegenError, match="generator"):
        SideTable().entry(print, like=like)


def test_source_of_what_the_function_does_not_have_is_refused():
    """A parameter or closure variable that is not there is an error when the entry is made."""

    def like(x): ...

    for source in (LocalSource("y"), ClosureSource("x"), ClosureSource("y")):
        table = SideTable()
        table.register_user_object(Thing(), source)
        with pytest.raises(CodegenError, match=source.name) as caught:
            table.entry(print, like=like)
        assert "index 0" in str(caught.value) or "index 0" in caught.value.__notes__[0]
