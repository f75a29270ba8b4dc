"""Files that a command reads and writes."""

from __future__ import annotations

from pathlib import Path

from sidetable_conformance.errors import InputError
from sidetable_conformance.verdicts.reading import read_report
from sidetable_conformance.verdicts.report import Report


def read_text(path: Path) -> str:
    """Returns the text of a file.

    Raises:
        InputError: If it can not be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(str(path), error.strerror or "it can not be read") from error
    except ValueError as error:
        raise InputError(str(path), "it is not UTF-8") from error


def write_text(path: Path, text: str) -> None:
    """Writes a text to a file, with the same bytes on every system.

    Raises:
        InputError: If it can not be written.
    """
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(str(path), error.strerror or "it can not be written") from error


def report_in(path: Path) -> Report:
    """Returns the report that a file has as JSON.

    Raises:
        InputError: If it can not be read, or is no report.
    """
    return read_report(read_text(path), str(path))
