"""A line that says how far a run is, where somebody is waiting for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from sidetable_conformance.spec.requirement import Requirement

PATIENCE: Final = 1.0
"""How many seconds a run may take before anything is said."""


@final
class Progress:
    """Shows, on a terminal and after a second, which requirement is being judged.

    A context manager; the line is gone when it ends. In a pipe it shows nothing. No thread is
    started, because a run looks at what is alive in the process.

    Args:
        console: Where to; the standard error, so that it is no part of what the command prints.
        clock: What tells the time in seconds.

    Example:
        >>> with Progress(Console(force_terminal=False)) as progress:
        ...     progress.show(Requirement("area.rule", "MUST", "core", "Something is asked."))
    """

    __slots__ = ("_clock", "_count", "_line", "_start")

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock: Final = clock
        self._start: Final = clock()
        # The streams of the process are left as they are: they may be the target's as well.
        self._line: Final = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._line.stop()

    def show(self, requirement: Requirement) -> None:
        """Says that a requirement is judged now."""
        self._count += 1
        if self._clock() - self._start > PATIENCE:
            self._line.start()
            text = Text(f"judging {requirement.id}, number {self._count}", style="dim")
            self._line.update(text, refresh=True)
