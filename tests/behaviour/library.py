"""What the library gives for each input, under several options."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import maskmill

from .describing import masks_of, pickles_of, views_of
from .inputs import Input, all_inputs
from .writing import digest, raised, tried, write_lines

OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "box": {"threshold": 60, "axis": "yx", "fallback": "box"},
    "xy": {"threshold": 200, "axis": "xy", "codebook": False, "device": "cpu"},
    "narrow": {
        "fallback": "box",
        "limits": maskmill.Limits(max_reply_chars=900, max_depth=6, max_vertices=9, max_map_pixels=20_000),
    },
}
"""Every input is decoded with each of these."""

KNOWN = 32
"""Tokens that the small codebook knows."""

_VIEWED = 12
"""One of so many generated inputs has its views taken."""


def record(out: Path, chosen: argparse.Namespace) -> None:
    """Write the record of the library."""
    inputs = all_inputs(chosen.shared, chosen.count)
    folder = out / "library"
    write_lines(
        folder / "inputs.jsonl", ({"name": i.name, "size": i.size, "sha": digest(repr(i.reply))} for i in inputs)
    )
    for name, options in OPTIONS.items():
        write_lines(folder / f"{name}.jsonl", _decoded(inputs, maskmill.Decoder(**options), name == "xy"))
    write_lines(folder / "pickles.jsonl", ({"name": i.name, **tried(lambda i=i: _pickles(i))} for i in inputs))
    write_lines(folder / "views.jsonl", ({"name": i.name, **tried(lambda i=i: _views(i))} for i in _few(inputs)))
    write_lines(folder / "bulk.jsonl", _bulk(inputs))
    write_lines(folder / "tokens.jsonl", _with_codebook([i for i in inputs if "seg" in repr(i.reply)]))
    write_lines(folder / "names.jsonl", _names())


def _decoded(inputs: list[Input], decoder: maskmill.Decoder, turned: bool) -> Iterator[dict[str, Any]]:
    for name, reply, (width, height) in inputs:
        size = (height, width) if turned else (width, height)
        yield {"name": name, **tried(lambda reply=reply, size=size: masks_of(decoder.decode(reply, size)))}


def _pickles(one: Input) -> dict[str, Any]:
    return pickles_of(maskmill.decode(one.reply, one.size))


def _views(one: Input) -> dict[str, Any]:
    width, height = one.size
    size = (width, height) if width * height < 10**6 else (width // 4, height // 4)
    return views_of(maskmill.decode(one.reply, size, fallback="box"))


def _few(inputs: list[Input]) -> list[Input]:
    named = [one for one in inputs if not one.name.startswith("generated") and "small" not in one.name]
    return named + [one for one in inputs if one.name.startswith("generated")][::_VIEWED]


def _bulk(inputs: list[Input]) -> Iterator[dict[str, Any]]:
    """The same through every verb for many; digests only, since each reply is recorded already."""
    replies, sizes = [one.reply for one in inputs], [one.size for one in inputs]
    decoder = maskmill.Decoder(fallback="box")
    for threads in (1, 2):
        many = maskmill.decode_many(replies, sizes, threads, fallback="box")
        yield {"verb": f"decode_many {threads}", "masks": [digest(masks.to_dict())[:16] for masks in many]}
    yield {"verb": "batch", "masks": [digest(masks.to_dict())[:16] for masks in decoder.decode_batch(replies, sizes)]}
    same = decoder.decode_many(iter(replies[:300]), (97, 61), 2)
    yield {"verb": "one size", "masks": [digest(masks.to_dict())[:16] for masks in same]}
    mixed = decoder.decode_batch(["[]", 5, object(), "[]"], [(0, 1), (3, 3), (4, 4), None])
    yield {"verb": "wrong ones", "masks": [raised(m) if isinstance(m, Exception) else repr(m) for m in mixed]}


def _with_codebook(inputs: list[Input]) -> Iterator[dict[str, Any]]:
    """Mask tokens read by a codebook that is learnt here."""
    codebook = small_codebook()
    yield {"name": "codebook", "repr": repr(codebook), "maps": digest(codebook.decode([[i] * 16 for i in range(128)]))}
    decoder = maskmill.Decoder(codebook=codebook)
    for name, reply, size in [*_of_known_tokens(), *inputs]:
        yield {"name": name, **tried(lambda reply=reply, size=size: masks_of(decoder.decode(reply, size)))}


def _of_known_tokens() -> Iterator[Input]:
    random = Random(6)
    for number in range(60):
        mask = "<start_of_mask>" + "".join(f"<seg_{random.randrange(KNOWN)}>" for _ in range(16))
        low, high = random.randrange(400), random.randrange(500, 1001)
        yield Input(
            f"known tokens {number}", json.dumps([{"box_2d": [low, low, high, high], "mask": mask}]), (640, 480)
        )


@cache
def small_codebook() -> Any:
    """A codebook of few pairs, each token a patch that is full or empty."""
    import numpy as np

    random = np.random.default_rng(5)
    tokens = random.integers(0, KNOWN, (16, 16))
    maps = np.stack([np.kron(row.reshape(4, 4) % 2, np.ones((64, 64))) for row in tokens])
    return maskmill.codebooks.fit(tokens, (maps * 255).astype(np.uint8), force=True)


def _names() -> Iterator[dict[str, Any]]:
    """Names, statuses and codes, with their words."""
    from maskmill.status import MENDED, REPLY_CODES

    yield {"name": "all", "value": sorted(maskmill.__all__)}
    yield {"name": "dir", "value": dir(maskmill)}
    yield {"name": "MENDED", "value": list(MENDED.items())}
    yield {"name": "REPLY_CODES", "value": list(REPLY_CODES.items())}
    for kind in (maskmill.Status, maskmill.ReplyStatus):
        for member in kind:
            yield {"name": repr(member), "value": [str(member), member.sentence, member.advice]}
    for made in (maskmill.Limits(), maskmill.Decoder(), maskmill.Problem(1, "a", "b")):
        yield {"name": type(made).__name__, "value": repr(made)}
    for kind in (maskmill.Masks, maskmill.Mask, maskmill.Decoder, maskmill.Limits, maskmill.Problem):
        yield {"name": f"{kind.__name__}.*", "value": [name for name in dir(kind) if not name.startswith("_")]}
        yield {"name": f"{kind.__name__} at", "value": [kind.__module__.split(".")[0], kind.__qualname__]}
