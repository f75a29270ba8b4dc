"""A function that is traced, and its objects. The workers import it by this name."""

from __future__ import annotations

import os
import threading

import sentencepiece

LOCK = threading.Lock()


class Scale:
    """An object that cannot travel, and tells in which process it was made."""

    def __init__(self, factor: float) -> None:
        self.factor = factor
        self.lock = threading.Lock()

    def process(self) -> int:
        return os.getpid()


def tokenizer(model: str) -> sentencepiece.SentencePieceProcessor:
    """Loads a tokenizer from its file."""
    return sentencepiece.SentencePieceProcessor(model_file=model)


def weigh(scale, tokenizer, text, x):
    """Uses both, and what the module holds."""
    LOCK.acquire()
    tokens = tokenizer.encode(text)
    weight = x * scale.factor
    LOCK.release()
    return weight, tokens, scale.process()
