"""An error of the reader's code, as the reader should see it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import PurePath
from typing import final

from sidetable_source import SideTableError


@final
@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong.

    Attributes:
        text: The traceback, with the lines of the reader's files only.
        line: The innermost of those lines, or 0.
        code: The code of one of the project's errors, or "".
        hint: What to know about a browser's Python, or "".
    """

    text: str
    line: int
    code: str
    hint: str


def failure_of(error: BaseException, files: tuple[str, ...]) -> Failure:
    """Returns an error as text, without the lines of any other file.

    Args:
        error: The error.
        files: The reader's files.
    """
    summary = traceback.TracebackException(type(error), error, error.__traceback__)
    summary.__cause__ = summary.__context__ = None
    summary.stack = traceback.StackSummary.from_list(
        [line for line in summary.stack if line.filename in files]
    )
    line = summary.stack[-1].lineno if summary.stack else getattr(error, "lineno", 0)
    hint = ""
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        hint = "A browser's Python has no threads. The same code runs in a Python of your own."
    elif isinstance(error, ModuleNotFoundError):
        hint = "Only the standard library and this project are here."
    code = error.code if isinstance(error, SideTableError) else ""
    text = "".join(summary.format())
    for file in files:
        text = text.replace(file, PurePath(file).name)  # where it lies, nobody wants to know
    return Failure(text, line or 0, code, hint)


def raised(kind: type[BaseException]) -> str:
    """Returns the name of an exception's class, with the code of one of the project's errors."""
    code = f" ({kind.code})" if issubclass(kind, SideTableError) else ""
    return f"{kind.__name__}{code}"
