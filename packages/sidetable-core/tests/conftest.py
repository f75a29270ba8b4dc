"""Settings of every test, and moments inside the package's own code.

A moment is when a signal, a finalizer or another thread comes.
"""

from __future__ import annotations

import gc
import os
import sys
from contextvars import Context
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

import sidetable_core
from sidetable_core import dynamo

# Without a deadline, because a property holds or does not, however busy the machine is. The same
# examples on every run; `.ci/deep` takes others each time, and ten times as many.
settings.register_profile("usual", deadline=None, derandomize=True, database=None)
settings.register_profile("deep", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("SIDETABLE_EXAMPLES", "usual"))

PACKAGE = str(Path(sidetable_core.__file__).parent)
ENTRY = "<sidetable entry"


@pytest.fixture(autouse=True, scope="module")
def quick_collections():
    """Leaves what is older than the tests out of their collections, which are most of the time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


class Moments:
    """Does something at one moment of an operation.

    The moments of an operation are those at which CPython looks whether a signal has come or
    another thread wants to run: where a function of the package, or an entry function, begins,
    and where a function written in C has returned to one. A profiler is called just there, and
    what it raises is raised as a signal's handler would raise it. It is not called where a class
    was called, or a loop goes round; the kit's checks of interrupts and schedules go there too.

    What a finalizer runs has no moment, because Python ignores what is raised there.
    """

    def __init__(self):
        self._action, self._left, self._came, self._where = None, -1, False, "none"

    def each(self, scenario):
        """Goes through a scenario once for each moment of its operation, in a fresh context.

        Args:
            scenario: A generator function. What it does up to its `yield` prepares the
                operation, and what it does after it looks at what has become of it. It yields
                the operation and what to do at the moment (by default, to interrupt), and gets
                whether that was done: not, when the operation had no such moment.
        """
        # What other tests left would have finalizers that come in between once, and not again. So
        # would generators that are suspended in a block of the package, which is left then.
        gc.collect()
        for moment in count():
            if not Context().run(self._once, scenario, moment):
                assert moment > 0, "the operation has no moment at all"
                return

    def again(self, moment):
        """Does the same once more, so many moments after the one at which it is done now."""
        self._left = moment

    def _once(self, scenario, moment):
        steps = scenario()
        operation, *action = next(steps)
        self._action, self._left = (*action, _interrupt)[0], moment
        self._came, self._where = False, "none"
        profiler, hook = sys.getprofile(), sys.unraisablehook
        sys.unraisablehook = _unraisable
        # A profiler that raises is taken off, and Python 3.11 still calls it once more.
        watch = self._profile
        gc.disable()
        try:
            sys.setprofile(watch)
            operation()
        except KeyboardInterrupt:
            pass
        finally:
            sys.setprofile(profiler)
            sys.unraisablehook = hook
            gc.enable()
        try:
            steps.send(self._came)
        except StopIteration:
            return self._came
        except BaseException as error:
            error.add_note(f"the moment was {self._where}")
            raise
        pytest.fail("a scenario has one operation")

    def _profile(self, frame, event, function):
        if event not in ("call", "c_return") or self._left < 0:
            return
        code = frame.f_code
        if not code.co_filename.startswith((PACKAGE, ENTRY)) or _in_finalizer(frame):
            return
        self._left -= 1
        if self._left < 0:
            self._came = True
            after = getattr(function, "__name__", "its beginning")
            self._where = f"{code.co_qualname}, line {frame.f_lineno}, after {after}"
            self._action()


def _interrupt():
    raise KeyboardInterrupt


def _unraisable(ignored):
    # A callback that was interrupted: Python goes on.
    if ignored.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(ignored)
        pytest.fail("an error was ignored")


def _in_finalizer(frame):
    while frame is not None:
        if frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False


@pytest.fixture
def moments():
    """The moments inside the package's code; see `Moments`."""
    return Moments()


@pytest.fixture
def names():
    """PyTorch's names, on their one table, which is left as it was found: empty."""
    dynamo.reset_user_object_tracking()
    yield dynamo
    dynamo.reset_user_object_tracking()
    assert not dynamo.has_user_objects()
    assert not dynamo.index_to_external_object_weakref
