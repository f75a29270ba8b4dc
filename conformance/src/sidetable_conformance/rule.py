"""How a file of `rules` says what is asked: a requirement, its check, and its faulty tables.

The file's docstring is the requirement in words: the sentence first, then sections.

    What is asked, in every edition.

    In 2026.11:
        What is asked there, where editions differ.

    Why:
        Why it is asked.

    Causes:
        * What is likely to be wrong where it fails, the likeliest first.

and an `Example:` in the form of a doctest.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable
from functools import cached_property
from types import CodeType, FunctionType
from typing import Final, TypeAlias, TypeVar, cast, final

from sidetable_conformance.bench import Bench
from sidetable_conformance.errors import KitError
from sidetable_conformance.spec import CORE as CORE
from sidetable_conformance.spec import DYNAMO as DYNAMO
from sidetable_conformance.spec import EDITIONS, MUST, Requirement
from sidetable_conformance.spec import ISOLATION as ISOLATION
from sidetable_conformance.spec import OPPOSITE as OPPOSITE
from sidetable_conformance.spec import OWN as OWN
from sidetable_conformance.spec import ROBUST as ROBUST
from sidetable_conformance.spec import STRICTER as STRICTER
from sidetable_conformance.tables import CorrectTable

Check: TypeAlias = Callable[[Bench], None]
"""Returns when the requirement holds, and raises `RequirementFailed` when it does not."""

_Table = TypeVar("_Table", bound=type[CorrectTable])

_SECTION: Final = re.compile(r"(?:In (?P<edition>\S+)|(?P<name>Why|Example|Causes)):")


@final
class Rule:
    """One requirement, with its check and its faulty tables.

    Args:
        id_: Its id, which the path of its file says too.
        profile: The group of requirements that it belongs to. Both editions ask for those of
            profile core, and only 2026.11 for the others.
        level: `MUST` or `SHOULD`.
        difference: How these differ: `OPPOSITE`, `STRICTER`, or "" where they do not.
        capabilities: The optional powers of a target that it is about.
        needs: The ids of requirements without which its check can say nothing; the name of a
            profile is all others of it.

    Attributes:
        id: The same id.
        function: The check.
        premises: The kinds of fact that its check has to see; any at all where it names none.
        faults: The tables that break it, in the order of the file.
    """

    function: Check

    def __init__(  # each is a field of its own
        self,
        id_: str,
        profile: str,
        *,
        level: str = MUST,
        difference: str = "",
        capabilities: tuple[str, ...] = (),
        needs: tuple[str, ...] = (),
    ) -> None:
        self.id: Final = id_
        self._level: Final = level
        self._profile: Final = profile
        self._editions: Final = EDITIONS if profile == CORE else (OWN,)
        self._difference: Final = difference
        self._capabilities: Final = capabilities
        self._needs: Final = needs
        self.premises: tuple[str, ...] = ()
        self.faults: Final[list[type[CorrectTable]]] = []

    def check(self, *premises: str) -> Callable[[Check], Check]:
        """Make a function the check; it stays a plain function.

        Args:
            *premises: The kinds of fact (`FACTS`) that the check must see. If it passes without
                one of each, it has shown nothing, and the verdict is `vacuous`.
        """

        def mark(function: Check) -> Check:
            if hasattr(self, "function"):
                raise KitError(f"{self.id} has two checks")
            self.function = function
            self.premises = premises
            return function

        return mark

    def fault(self, table: _Table) -> _Table:
        """Add a table with one fault, which the check has to notice; its docstring says which."""
        self.faults.append(table)
        return table

    @property
    def code(self) -> CodeType:
        """The check's code, by which its lines are known."""
        return cast("FunctionType", self.function).__code__

    @cached_property
    def requirement(self) -> Requirement:
        """What is asked, with what the file's docstring says of it."""
        if not hasattr(self, "function"):
            raise KitError(f"{self.id} has no check")
        sections = self._sections()
        texts = tuple((name, unwrapped(sections[name])) for name in sections if name in EDITIONS)
        if bool(self._difference) != bool(texts):
            raise KitError(
                f"{self.id}: a difference needs a section for each edition, and sections need a"
                " difference"
            )
        if texts and {edition for edition, _ in texts} != set(self._editions):
            raise KitError(f"{self.id}: only some of its editions have a section")
        causes = re.split(r"^\* ", sections.get("Causes", ""), flags=re.MULTILINE)
        return Requirement(
            id=self.id,
            level=self._level,
            profile=self._profile,
            text=unwrapped(sections[""]),
            editions=self._editions,
            edition_texts=texts,
            difference=self._difference,
            capabilities=self._capabilities,
            needs=self._needs,
            why=unwrapped(sections.get("Why", "")),
            example=sections.get("Example", ""),
            causes=tuple(unwrapped(cause) for cause in causes if cause.strip()),
        )

    def _sections(self) -> dict[str, str]:
        """Return the sections of the file's docstring by their names; the first has none."""
        sections: dict[str, list[str]] = {"": []}
        name = ""
        for line in inspect.cleandoc(_docstring_of(self.function.__module__)).splitlines():
            if heading := _SECTION.fullmatch(line):
                name = heading["edition"] or heading["name"]
                if name in sections:
                    raise KitError(f"{self.id}: it has two sections {name!r}")
                sections[name] = [""]
            else:
                sections[name].append(line)
        if not any(sections[""]):
            raise KitError(f"{self.id}: its file has no docstring that says what is asked")
        return {each: inspect.cleandoc("\n".join(sections[each])) + "\n" for each in sections}


def unwrapped(text: str) -> str:
    """Return paragraphs with each on one line."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def fault_of(table: type[CorrectTable]) -> str:
    """Return what a faulty table does wrong, as a sentence (empty under `python -OO`)."""
    return inspect.cleandoc(table.__doc__ or "")


def _docstring_of(name: str) -> str:
    module = sys.modules[name]
    if module.__doc__ is not None:
        return module.__doc__
    # `python -OO` leaves docstrings out of what it compiles.
    return ast.get_docstring(ast.parse(inspect.getsource(module))) or ""
