"""The workload is what it was when its digests were stored, and the digests are those of the right pixels."""

from __future__ import annotations

import base64
import io
import json
import random
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from maskmill.errors import MaskmillError
from maskmill.samples._shapes import Part, Shape
from maskmill_bindings._bench import workload
from maskmill_bindings._bench.packing import pack
from maskmill_bindings._bench.workload import Case, WrongResultError, standard, stored, verified
from maskmill_bindings._bench.workload_replies import blob, png

SMALL = (640, 480)


@pytest.fixture(scope="module")
def every() -> list[Case]:
    return standard()


def items_of(case: Case) -> list[list[dict[str, Any]]]:
    found = [json.loads(text.strip("`json\n")) for text in case.texts]
    return [value["boxes"] if isinstance(value, dict) else value for value in found]


def pixels_of(item: dict[str, Any], size: tuple[int, int]) -> NDArray[np.bool_]:
    """What an item means: rings by a scan that shares nothing with the kernels, maps by Pillow."""
    if not isinstance(item["mask"], str):
        return Shape("", (Part(tuple(map(tuple, item["mask"]))),)).pixels(size)
    (width, height), (y0, x0, y1, x1) = size, item["box_2d"]
    left, right = (int(v * width / 1000) for v in (x0, x1))
    top, bottom = (int(v * height / 1000) for v in (y0, y1))
    picture = Image.open(io.BytesIO(base64.b64decode(item["mask"].partition(",")[2])))
    canvas = np.zeros((height, width), bool)
    small = picture.resize((right - left, bottom - top), Image.Resampling.BILINEAR)
    canvas[top:bottom, left:right] = np.asarray(small) > 127
    return canvas


def instance_map(masks: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The smaller on top; of equal ones the later."""
    out = np.zeros(masks.shape[1:], np.int32)
    for row in sorted(range(len(masks)), key=lambda i: (-masks[i].sum(), i)):
        out[masks[row]] = row + 1
    return out


@pytest.mark.parametrize("form", ["png", "ring"])
def test_the_stored_digests_are_those_of_the_right_pixels(every: list[Case], form: str) -> None:
    dense, maps = (
        next(case for case in every if (case.form, case.size, case.output) == (form, SMALL, output))
        for output in ("dense", "instance map")
    )
    stacks = [np.stack([pixels_of(item, SMALL) for item in items]) for items in items_of(dense)]
    for case, results in ((dense, stacks), (maps, map(instance_map, stacks))):
        digest = workload.hashlib.blake2b(digest_size=16)
        for result in results:
            workload._update(digest, result)
        assert stored()[case.name] == digest.hexdigest()


def test_every_case_has_digests_and_no_digest_lacks_its_case(every: list[Case]) -> None:
    names = [case.name for case in every]
    assert len(set(names)) == len(names) == 12
    assert {*names, "texts png", "texts ring"} == set(stored())


def test_the_replies_are_the_same_bytes_as_ever(every: list[Case]) -> None:
    for case in every[::6]:
        assert workload._text_digest(case) == stored()[f"texts {case.form}"]


def test_a_wrong_result_names_the_case_what_was_expected_and_what_came(
    cases: list[Case], digests: dict[str, str]
) -> None:
    wrong = {**digests, cases[0].name: "0" * 32}
    with pytest.raises(WrongResultError) as caught:
        verified(cases[0], wrong)
    got = digests[cases[0].name]
    assert str(caught.value) == f"expected the digest {'0' * 32}, got {got} - at `png 32x24 rle`"
    assert isinstance(caught.value, MaskmillError)


def test_one_pixel_more_is_a_wrong_result(
    cases: list[Case], digests: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_a_pixel(masks: Any) -> NDArray[np.bool_]:
        dense: NDArray[np.bool_] = masks.dense()
        dense[-1, -1, -1] ^= True
        return dense

    assert verified(cases[1], digests).masks == 2
    monkeypatch.setitem(workload._OUTPUTS, "dense", with_a_pixel)
    with pytest.raises(WrongResultError, match="- at `ring 32x24 dense`"):
        verified(cases[1], digests)


def test_other_texts_are_told_before_anything_is_decoded(cases: list[Case], digests: dict[str, str]) -> None:
    with pytest.raises(WrongResultError, match="- at `texts png`"):
        verified(replace(cases[0], texts=["not even a reply"]), digests)


def test_a_case_without_a_digest_is_not_timed(cases: list[Case]) -> None:
    with pytest.raises(WrongResultError, match="expected the digest of a known case, got "):
        verified(cases[0], {})


def test_bytes_are_the_text_and_the_pages_that_hold_pixels() -> None:
    stack = np.zeros((2, 64, 64), bool)  # a page each
    assert workload._touched(stack) == 0
    stack[1, 3, 3] = True
    assert workload._touched(stack) == 4096
    assert workload._touched(np.ones((3, 100), np.int32)) == 1200


# The packer.


@pytest.mark.parametrize("seed", range(4))
def test_packed_maps_are_what_zlib_reads_and_as_small_as_its_own(seed: int) -> None:
    rows = np.pad(blob(random.Random(seed)), ((0, 0), (1, 0))).astype(np.uint8) * np.uint8(255)
    packed = pack(rows)
    assert zlib.decompress(packed) == rows.tobytes()
    assert len(packed) < 1.05 * len(zlib.compress(rows.tobytes(), 9))


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 257), (600, 520)])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 1.0])
def test_any_map_can_be_packed(shape: tuple[int, int], share: float) -> None:
    rows = np.where(np.random.default_rng(0).random(shape) < share, 255, 0).astype(np.uint8)
    assert zlib.decompress(pack(rows)) == rows.tobytes()


def test_a_png_of_it_is_what_pillow_reads() -> None:
    pixels = blob(random.Random(9))
    picture = Image.open(io.BytesIO(png(pixels)))
    picture.verify()
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))), pixels * np.uint8(255))
