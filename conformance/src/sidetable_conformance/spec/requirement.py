"""What a requirement is, and the kit's list of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

DYNAMO: Final = "dynamo-2.13"
"""The edition that restates what PyTorch 2.13 does."""

OWN: Final = "2026.11"
"""This project's own edition, which is the default."""

EDITIONS: Final = (DYNAMO, OWN)
"""Every edition that an implementation can be judged by."""

PROFILES: Final = ("core", "isolation", "robust")
"""Every group of requirements."""


def profiles_in(text: str) -> tuple[str, ...]:
    """Returns the profiles that a text names, in the order of the list.

    Args:
        text: One profile, or several with commas between them.

    Raises:
        ValueError: If there is no such profile.

    Example:
        >>> profiles_in("robust,core")
        ('core', 'robust')
    """
    named = [part.strip() for part in text.split(",")]
    for name in named:
        if name not in PROFILES:
            known = ", ".join(PROFILES)
            raise ValueError(f"there is no profile {name!r}; choose from {known}, with commas")
    return tuple(profile for profile in PROFILES if profile in named)


@final
@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that is asked of an implementation.

    Attributes:
        id: Its name, `area.rule`; never used for something else.
        level: `MUST` or `SHOULD`.
        profile: The group of requirements that it belongs to.
        text: What is asked.
        editions: The editions that ask for it.
        edition_texts: Pairs of an edition and what it asks, where editions differ.
        difference: How editions differ: `opposite`, `stricter`, or "" where they do not.
        capabilities: The optional powers of a target that it is about; it is asked of those that
            have all of them.
        needs: The ids of requirements without which its check can say nothing.
        why: Why it is asked, for people.
        example: What has to hold, as a doctest in the names of `spec.examples`.
        causes: What is likely to be wrong where it fails, for people, likeliest first.

    Example:
        >>> requirement = Requirement(
        ...     id="store.failure",
        ...     level="MUST",
        ...     profile="core",
        ...     text="What a failed store leaves depends on the edition.",
        ...     edition_texts=(("dynamo-2.13", "Nothing."), ("2026.11", "Everything.")),
        ...     difference="opposite",
        ... )
        >>> requirement.area
        'store'
        >>> requirement.sentence("2026.11")
        'Everything.'
    """

    id: str
    level: str
    profile: str
    text: str
    editions: tuple[str, ...] = EDITIONS
    edition_texts: tuple[tuple[str, str], ...] = ()
    difference: str = ""
    capabilities: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    why: str = ""
    example: str = ""
    causes: tuple[str, ...] = ()

    @property
    def area(self) -> str:
        """The first part of the id, which also names the module that has its check."""
        return self.id.partition(".")[0]

    @property
    def how_editions_differ(self) -> str:
        """How editions differ, in words, or "" where they do not."""
        if self.difference == "opposite":
            return "opposite: no implementation can keep it in both editions"
        if self.difference == "stricter":
            return f"stricter in {OWN}: an implementation can keep it in both editions"
        return ""

    def sentence(self, edition: str) -> str:
        """Returns what one edition asks, in full."""
        return dict(self.edition_texts).get(edition, self.text)
