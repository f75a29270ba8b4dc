"""The names that code can use, and the refusal of all others."""

from __future__ import annotations

from keyword import iskeyword
from unicodedata import normalize

from sidetable_source.errors import InvalidSourceError, printable, type_name


def identifier(owner: str, role: str, name: object) -> str:
    """Returns the name if code can use it just as it stands.

    Args:
        owner: What the name is for, to be named in the error.
        role: What the name is to its owner, likewise.
        name: The name.

    Raises:
        InvalidSourceError: For anything but a `str` that is an identifier in the form that
            Python's parser gives it, and neither a keyword nor `__debug__`.
    """
    why = _objection(name)
    if type(name) is not str or why:
        raise _refusal(
            owner, role, name, why, "Give one plain Python name, as it stands in the code"
        )
    return name


def module_name(owner: str, role: str, name: object) -> str:
    """Returns the name if it is the full name of a module: identifiers, with dots between.

    Args:
        owner: What the name is for, to be named in the error.
        role: What the name is to its owner, likewise.
        name: The name.

    Raises:
        InvalidSourceError: For anything else; a relative name too.
    """
    parts: list[object] = [*name.split(".")] if type(name) is str else [name]
    objections = [why for part in parts if (why := _objection(part))]
    if type(name) is not str or objections:
        hint = 'Give the full dotted name of a module, such as "os.path"'
        raise _refusal(owner, role, name, objections[0], hint)
    return name


def _objection(name: object) -> str:
    """Returns why code can not use the name; "" when it can."""
    if type(name) is not str:
        return f"It is of type {type_name(name)}, not str"
    if not name.isidentifier():
        return "It is no identifier" if name else "It is empty"
    if iskeyword(name) or name == "__debug__":
        return "It is a keyword"
    if normalize("NFKC", name) != name:
        return f"Python reads it as another name, {normalize('NFKC', name)}"
    return ""


def _refusal(owner: str, role: str, name: object, why: str, hint: str) -> InvalidSourceError:
    shown = f'"{printable(name)}"' if type(name) is str else printable(type_name(name))
    return InvalidSourceError(f"{owner} can not use {shown} as its {role}", why, hint)
