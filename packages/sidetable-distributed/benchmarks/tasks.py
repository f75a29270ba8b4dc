"""What the benchmark runs in its workers, which import it by this name."""

from __future__ import annotations

import os
from functools import cache

WORDS = 20_000


class Vocabulary:
    """A tokenizer's state: large, and quick to make from a number."""

    def __init__(self, size: int) -> None:
        self.numbers = {f"word{number}": number for number in range(size)}


@cache
def vocabulary() -> Vocabulary:
    """Returns this process's own, as people do it by hand."""
    return Vocabulary(WORDS)


def spend(turns: int) -> int:
    """Takes a while."""
    total = 0
    for number in range(turns):
        total += number & 7
    return total


def by_hand(task: tuple[int, int]) -> tuple[int, int]:
    """Finds a word's number, with a global that each process makes."""
    return count(vocabulary(), task)


def count(words: Vocabulary, task: tuple[int, int]) -> tuple[int, int]:
    """Finds a word's number."""
    number, turns = task
    spend(turns)
    return words.numbers[f"word{number % WORDS}"], os.getpid()
