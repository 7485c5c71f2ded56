"""The verbs: decode, decode_many, Decoder; sizes, options, errors of the caller, threads, order, look-ahead."""

from __future__ import annotations

import gc
import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import maskmill
from maskmill import Decoder, Limits, Masks, decode, decode_many
from maskmill.errors import ArgumentError, DeviceError, MaskmillError, MissingPackageError, excerpt, expected
from support.replies import FORMS, RING, SIZE, TOKENS, assert_sound, fenced, item, png_uri, rows
from support.tiers import cases

GRAMMAR = r"^expected .+, got .+ - at `{}`$"
MANY = cases(300)


def replies(n: int) -> list[str]:
    forms = list(FORMS.values())
    return [fenced([item(forms[i % len(forms)], f"object {i}"), item(RING, "ring")]) for i in range(n)]


def workers() -> int:
    return sum(thread.name.startswith("maskmill") for thread in threading.enumerate())


# Sizes.


def image_of(width: int, height: int, orientation: int | None = None) -> Image.Image:
    image = Image.new("RGB", (width, height))
    if orientation:
        image.getexif()[0x0112] = orientation
    return image


@pytest.mark.parametrize(
    "size",
    [
        (64, 48),
        [64, 48],
        (np.int64(64), np.uint8(48)),
        np.array([64, 48]),
        np.array([64, 48], np.uint16),
        np.zeros((48, 64), np.uint8),
        np.zeros((48, 64, 3), np.uint8),
        np.zeros((48, 64, 4), np.float32),
        np.zeros((48, 64), bool),
        image_of(64, 48),
        image_of(64, 48).convert("L"),
        *(image_of(64, 48, orientation) for orientation in (1, 2, 3, 4)),
        *(image_of(48, 64, orientation) for orientation in (5, 6, 7, 8)),
    ],
)
def test_a_size_or_an_image(size: Any) -> None:
    masks = decode([item(RING)], size)
    assert masks.size == (64, 48)
    assert all(type(side) is int for side in masks.size)
    assert masks.dense().shape == (1, 48, 64)
    (again,) = decode_many([[item(RING)]], size)
    assert again.to_dict() == masks.to_dict()


@pytest.mark.parametrize(
    "size",
    [
        None,
        5,
        "64x48",
        (64,),
        (64, 48, 3),
        (64.0, 48.0),
        ("64", "48"),
        (True, 48),
        (None, 48),
        {"width": 64, "height": 48},
        {64, 48},
        (0, 48),
        (64, -1),
        (65_536, 1),
        (1, 65_536),
        (10**6, 10**6),
        (10**30, 1),
        (65_535, 65_535),
        np.zeros(5),
        np.zeros((2, 2, 2, 2)),
        np.zeros((0, 5)),
        np.array([64.0, 48.0]),
        SimpleNamespace(size=(64, 48)),
        [(64, 48)],
        object(),
    ],
)
def test_a_size_that_is_none(size: Any) -> None:
    with pytest.raises(ArgumentError, match=GRAMMAR.format("size")):
        decode("[]", size)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (65_535, 1), (1, 65_535), (3, 5), (255, 257)])
def test_extreme_sizes(width: int, height: int) -> None:
    masks = decode(
        [item([[0, 0], [1000, 0], [1000, 1000], [0, 1000]]), item(png_uri(), box=[0, 0, 1000, 1000])], (width, height)
    )
    assert masks.areas[0] == width * height
    assert_sound(masks)


def test_a_caller_may_narrow_the_size() -> None:
    assert decode("[]", (100, 100), limits=Limits(max_side=100, max_pixels=10_000)).size == (100, 100)
    for limits in (Limits(max_side=99), Limits(max_pixels=9_999)):
        with pytest.raises(ArgumentError, match=GRAMMAR.format("size")):
            decode("[]", (100, 100), limits=limits)


# Options and errors.

BAD_OPTIONS: list[tuple[str, Any]] = [
    *(("threshold", value) for value in (-1, 256, 1.5, "127", None, True, [127])),
    *(("axis", value) for value in ("zz", "XY", None, 1, ["xy"])),
    *(("fallback", value) for value in ("boxes", None, True, 1)),
    *(("codebook", value) for value in (3, "vae-oid.npz", object())),
    *(("device", value) for value in ("gpu", None, 0, ["cpu"])),
    *(("limits", value) for value in (None, 5, {})),
    *((name, np.array(["xy", "box"])) for name in ("axis", "fallback", "device", "threshold", "codebook", "limits")),
]


@pytest.mark.parametrize(("name", "value"), BAD_OPTIONS)
def test_an_option_out_of_its_range(name: str, value: Any) -> None:
    for call in (Decoder, lambda **kw: decode("[]", SIZE, **kw), lambda **kw: decode_many([], SIZE, **kw)):
        with pytest.raises(ArgumentError, match=GRAMMAR.format(name)):
            call(**{name: value})


def test_a_device_that_cannot_be_used() -> None:
    with pytest.raises(DeviceError, match=r"^expected a CUDA device, got .+ - at `device`$"):
        Decoder(device="cuda")


@pytest.mark.parametrize(
    "name",
    [
        "max_reply_chars",
        "max_depth",
        "max_side",
        "max_pixels",
        "max_map_pixels",
        "max_vertices",
        "max_crossings",
        "max_coordinate",
    ],
)
@pytest.mark.parametrize("value", [0, -1, 1.5, "5", None, True, 10**30])
def test_a_limit_out_of_its_range(name: str, value: Any) -> None:
    if value == 10**30 and name in ("max_reply_chars", "max_map_pixels", "max_vertices", "max_crossings"):
        assert getattr(Limits(**{name: value}), name) == value
        return
    with pytest.raises(ArgumentError, match=GRAMMAR.format(rf"limits\.{name}")):
        Limits(**{name: value})


def test_an_unknown_option_is_a_type_error() -> None:
    for call in (Decoder, lambda **kw: decode("[]", SIZE, **kw), lambda **kw: decode_many([], SIZE, **kw)):
        with pytest.raises(TypeError, match="treshold"):
            call(treshold=5)


def test_errors_are_of_one_family() -> None:
    assert issubclass(ArgumentError, (MaskmillError, ValueError))
    assert issubclass(DeviceError, (MaskmillError, RuntimeError))
    assert issubclass(MissingPackageError, (MaskmillError, ImportError))
    assert str(expected("a cat", "dog", "pet")) == "expected a cat, got 'dog' - at `pet`"


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10**6,
        b"x" * 10**6,
        [0] * 10**6,
        {i: i for i in range(10**4)},
        10**9999,
        [[10**9999] * 5] * 5,
        {"a" * 999: "b" * 999},
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_excerpt_is_short(value: Any) -> None:
    assert len(excerpt(value)) < 150


def test_a_decoder_is_a_value() -> None:
    decoder = Decoder(threshold=100, axis="yx", fallback="box", limits=Limits(max_depth=9))
    assert decoder == Decoder(threshold=100, axis="yx", fallback="box", limits=Limits(max_depth=9))
    assert (decoder.threshold, decoder.axis, decoder.fallback, decoder.codebook, decoder.device) == (
        100,
        "yx",
        "box",
        None,
        "auto",
    )
    for name in ("threshold", "limits", "new"):
        with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
            setattr(decoder, name, 5)
    with pytest.raises(TypeError):
        Decoder(127)  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(decoder)) == decoder
    assert "threshold=100" in repr(decoder)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"threshold": 5},
        {"axis": "yx"},
        {"axis": "xy"},
        {"fallback": "box"},
        {"device": "cpu"},
        {"limits": Limits(max_vertices=3)},
    ],
)
def test_the_three_verbs_agree(options: dict[str, Any]) -> None:
    everything = [item(value, name) for name, value in FORMS.items()]
    want = decode(everything, SIZE, **options).to_dict()
    assert Decoder(**options).decode(everything, SIZE).to_dict() == want
    assert [masks.to_dict() for masks in decode_many([everything] * 3, SIZE, **options)] == [want] * 3
    assert [masks.to_dict() for masks in Decoder(**options).decode_many([everything] * 3, SIZE, threads=1)] == [
        want
    ] * 3


def test_equal_input_gives_equal_output() -> None:
    everything = fenced(item(value, name) for name, value in FORMS.items())
    decoder = Decoder()
    first = decoder.decode(everything, SIZE)
    decoder.decode(fenced([item(RING)]), (7, 5))
    assert decoder.decode(everything, SIZE).to_dict() == first.to_dict()
    assert pickle.dumps(decode(everything, SIZE)) == pickle.dumps(first)


def test_a_reply_past_the_limit_is_cut_there() -> None:
    entries = [item(RING, f"{i:03}") for i in range(50)]
    text = json.dumps(entries)
    whole = rows(decode(text, SIZE))
    for limit in (len(text), len(text) - 1, 1000, 100, 1):
        masks = decode(text, SIZE, limits=Limits(max_reply_chars=limit))
        got = rows(masks)
        complete = text[:limit].count('"}')
        assert got[:complete] == whole[:complete]
        assert len(got) <= complete + 1
        assert masks.reply_status == ("ok" if limit == len(text) else "truncated")
        assert ("reply_cut" in {p.code for p in masks.problems}) == (limit < len(text))


# Many.


@pytest.mark.parametrize("threads", [None, 1, 2, 7])
def test_many_replies_come_in_order(threads: int | None) -> None:
    texts = replies(MANY)
    want = [rows(decode(text, SIZE)) for text in texts]
    assert [rows(masks) for masks in decode_many(texts, SIZE, threads)] == want
    assert [rows(masks) for masks in decode_many(iter(texts), (SIZE for _ in texts), threads)] == want
    assert workers() == 0


@pytest.mark.parametrize("threads", [1, 3])
def test_a_size_for_each_reply(threads: int) -> None:
    sizes: list[Any] = [(64, 48), np.zeros((5, 7)), image_of(3, 4), [9, 8], image_of(6, 2, 6)]
    want = [(64, 48), (7, 5), (3, 4), (9, 8), (2, 6)]
    reply = [item(RING)]
    assert [masks.size for masks in decode_many([reply] * 5, sizes, threads)] == want
    assert [masks.size for masks in decode_many([reply] * 5, iter(sizes), threads)] == want
    assert [masks.size for masks in decode_many([reply] * 3, np.array([[5, 6], [7, 8], [9, 10]]), threads)] == [
        (5, 6),
        (7, 8),
        (9, 10),
    ]
    assert [masks.size for masks in decode_many([reply] * 2, [(2, 3), (4, 5)], threads)] == [(2, 3), (4, 5)]
    assert [masks.size for masks in decode_many([reply] * 2, (2, 3), threads)] == [(2, 3), (2, 3)]
    assert [masks.size for masks in decode_many([reply] * 2, np.zeros((8, 9, 3)), threads)] == [(9, 8), (9, 8)]


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_look_ahead_is_bounded(threads: int) -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield "[]"

    results = decode_many(endless(), SIZE, threads)
    assert taken == 0
    ahead = []
    for given in range(1, 1_000):
        next(results)
        ahead.append(taken - given)
    results.close()  # type: ignore[attr-defined]
    assert max(ahead) <= 32 * threads
    assert workers() == 0


def test_one_thread_looks_no_further_than_asked() -> None:
    source = iter(["[]"] * 10)
    results = decode_many(source, SIZE, threads=1)
    next(results)
    assert len(list(source)) == 9


@pytest.mark.parametrize("threads", [1, 3])
def test_nothing_to_decode(threads: int) -> None:
    assert list(decode_many([], SIZE, threads)) == []
    assert list(decode_many(iter([]), [], threads)) == []
    assert list(decode_many((), np.zeros((0, 2)), threads)) == []


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("place", [0, 5, 39])
def test_a_wrong_reply_or_size_raises_at_its_place(place: int, threads: int) -> None:
    good: list[Any] = [[item(RING)]] * 40
    bad_reply = [*good[:place], 5, *good[place + 1 :]]
    bad_size: list[Any] = [*[SIZE] * place, (0, 0), *[SIZE] * (39 - place)]
    for source, sizes, name in ((bad_reply, SIZE, "reply"), (good, bad_size, "size")):
        results = decode_many(source, sizes, threads)
        for _ in range(place):
            assert next(results).status.tolist() == ["ok"]
        with pytest.raises(ArgumentError, match=GRAMMAR.format(name)):
            next(results)
        assert list(results) == []
        assert workers() == 0


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("place", [0, 5, 20])
def test_a_source_that_breaks_gives_first_what_came_before(place: int, threads: int) -> None:
    def source() -> Iterator[str]:
        yield from ["[]"] * place
        raise KeyError("the caller's own")

    results = decode_many(source(), SIZE, threads)
    for _ in range(place):
        next(results)
    with pytest.raises(KeyError, match="the caller's own"):
        next(results)
    assert workers() == 0


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(("count", "sizes"), [(3, 2), (2, 3), (1, 0), (0, 1), (30, 29)])
def test_as_many_sizes_as_replies(count: int, sizes: int, threads: int) -> None:
    results = decode_many(["[]"] * count, [SIZE] * sizes, threads)
    for _ in range(min(count, sizes)):
        next(results)
    with pytest.raises(ArgumentError, match=GRAMMAR.format("sizes")):
        next(results)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True])
def test_a_wrong_number_of_threads(threads: Any) -> None:
    with pytest.raises(ArgumentError, match=GRAMMAR.format("threads")):
        decode_many([], SIZE, threads)


@pytest.mark.parametrize("source", ["[]", b"[]", {}])
def test_a_single_text_or_mapping_is_one_reply(source: Any) -> None:
    assert list(decode_many(source, SIZE)) == [maskmill.decode(source, SIZE)]


@pytest.mark.parametrize("source", [None, 5, Decoder()])
def test_replies_that_are_none(source: Any) -> None:
    with pytest.raises(ArgumentError, match=GRAMMAR.format("replies")):
        list(decode_many(source, SIZE))


@pytest.mark.parametrize("sizes", [None, 5, object()])
def test_sizes_that_are_none(sizes: Any) -> None:
    with pytest.raises(ArgumentError, match=GRAMMAR.format("sizes")):
        list(decode_many(["[]"], sizes))


def test_one_wrong_size_for_all() -> None:
    for size in ((0, 0), (70_000, 1)):
        with pytest.raises(ArgumentError, match=GRAMMAR.format("sizes")):
            list(decode_many(["[]"], size))


def test_an_abandoned_iterator_leaves_no_thread() -> None:
    results = decode_many(replies(50), SIZE, threads=3)
    next(results)
    del results
    gc.collect()
    assert workers() == 0


def test_what_a_model_wrote_never_raises_in_many() -> None:
    texts: list[Any] = ["", None, "no", "{", '[{"mask": [[1', TOKENS, b"\xff", [None], {"a": 1}, "[" * 5000]
    results = list(decode_many(texts, SIZE, threads=2))
    assert len(results) == len(texts)
    for masks in results:
        assert_sound(masks)


def test_a_decoder_shared_by_threads() -> None:
    texts = replies(MANY)
    decoder = Decoder()
    want = [rows(decoder.decode(text, SIZE)) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda text: rows(decoder.decode(text, SIZE)), texts))
    assert got == want


def test_iterators_side_by_side_on_several_threads() -> None:
    texts = replies(MANY // 3)
    want = [rows(decode(text, SIZE)) for text in texts]

    def drain(_: int) -> list[Any]:
        return [rows(masks) for masks in decode_many(texts, SIZE, threads=2)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(drain, range(4))) == [want] * 4


def test_batches_may_be_read_by_several_threads() -> None:
    masks = decode([item(value, name) for name, value in FORMS.items()], SIZE)
    want = json.dumps(masks.to_dict())

    def views(_: int) -> tuple[str, bytes, int]:
        return json.dumps(masks.to_dict()), masks.instance_map().tobytes(), len(masks.polygons())

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(views, range(40)))
    assert len(set(results)) == 1
    assert results[0][0] == want


def test_warmup_can_be_called_twice() -> None:
    maskmill.warmup()
    maskmill.warmup()


def test_the_result_is_masks() -> None:
    assert isinstance(decode("[]", SIZE), Masks)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_decodes_as_its_parent_did() -> None:
    """In a fresh interpreter: after threads have decoded, and with memory that a thread keeps."""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", _FORK], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "the same\n", "")


_FORK = """
import json, os, maskmill
text = json.dumps([{"box_2d": [0, 0, 500, 500], "mask": [[0, 0], [500, 0], [500, 500]]}] * 3)

def decoded():
    return [masks.coco() for n in (1, 2) for masks in maskmill.decode_many([text] * 9, (64, 48), threads=n)]

before = decoded()
child = os.fork()
after = decoded()
if not child:
    os._exit(after != before)
_, status = os.waitpid(child, 0)
print("the same" if status == 0 and after == before else "another result")
"""
