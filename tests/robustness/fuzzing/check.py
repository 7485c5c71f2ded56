"""Decode mutants, and describe what broke."""

from __future__ import annotations

import random
import traceback
from typing import NamedTuple

import maskmill
from support.replies import assert_sound

from .mutants import structure_mutant, text_mutant
from .seeds import item_lists, texts

SIZES = ((64, 48), (48, 64), (1000, 1000), (7, 300))


class Failure(NamedTuple):
    """A mutant that broke: the reply, and what went wrong."""

    reply: str
    reason: str


def fuzz(count: int, seed: int, checks_pixels: bool = False) -> list[Failure]:
    """Decode that many mutants; three of four are of the text, one is of the structure."""
    rng, replies, lists = random.Random(seed), texts(), item_lists()
    failures: list[Failure] = []
    for number in range(count):
        if number % 4:
            reply, reason = text_mutant(replies, rng), ""
            reason = _unsound(reply, rng.choice(SIZES), checks_pixels)
        else:
            items = rng.choice(lists)
            reply = structure_mutant(items, rng)
            reason = _lost(reply, [entry["label"] for entry in items])
        if reason:
            failures.append(Failure(reply, reason))
    return failures


def _unsound(reply: str, size: tuple[int, int], checks_pixels: bool) -> str:
    try:
        masks = maskmill.decode(reply, size)
        if checks_pixels:
            assert_sound(masks)
        assert len(masks) or masks.problems or masks.reply_status in ("ok", "truncated")
    except Exception:
        return traceback.format_exc(limit=-3)
    return ""


def _lost(reply: str, labels: list[str]) -> str:
    try:
        masks = maskmill.decode(reply, (64, 48))
    except Exception:
        return traceback.format_exc(limit=-3)
    return "" if masks.labels.tolist() == labels else f"labels {masks.labels.tolist()}, not {labels}"
