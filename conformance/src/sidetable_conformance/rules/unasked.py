"""Ids that have no check: rules that nobody can see, and requirements that are gone."""

from typing import Final

from sidetable_conformance.spec import OWN, Excluded, Retired

EXCLUDED: Final = (
    Excluded(
        "lookup.single-dereference",
        "A lookup dereferences its weak reference once, and returns what that gave.",
        "From outside, no object can be made to die between two dereferences. What would come of "
        "it is asked: isolation.every-interleaving goes through the schedules of two threads, and "
        "lookup.dead-is-error says that None is never found.",
    ),
    Excluded(
        "lookup.no-lock",
        "A lookup takes no lock.",
        "A lock that nobody waits for cannot be seen. What a lock can lead to is asked: "
        "robust.finalizer-reentrancy says that nothing deadlocks.",
    ),
    Excluded(
        "store.linear-time",
        "The time that a store takes grows with the number of its objects, and no faster.",
        "How long it takes depends on the machine, and a limit that is never missed by chance "
        "would show nothing. store.large says that a large store is right.",
    ),
    Excluded(
        "index.linear-time",
        "The time that a million registrations take grows with their number, and no faster.",
        "As for store.linear-time, a limit on the time would show nothing.",
    ),
    Excluded(
        "weakref.error-text",
        "An error tells people what to do.",
        "Words are for people, and no program can judge them. Asked are the name of the error, "
        "which kind of object it was about, and its cause.",
    ),
)
"""Rules that are not asked, because nobody can see from outside whether they are kept."""

RETIRED: Final = (
    Retired(
        "robust.interrupt",
        OWN,
        "It asked that an interrupt between any two bytecodes leave the state before or the state"
        " after. Keeping that made each operation one call into C, for a moment that users have"
        " never met. What an interrupt may not do, return an object of another context or leave a"
        " lock held, implementations test themselves.",
    ),
)
"""Requirements that are no longer asked. The ids are not used again."""
