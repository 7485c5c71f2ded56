"""The workload is what it was when its digests were stored, and the digests are those of the right pixels."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from maskmill.errors import MaskmillError
from maskmill.samples._shapes import ScenePart, Shape
from maskmill_bindings._bench import workload
from maskmill_bindings._bench.forms import FORMS, load_replies
from maskmill_bindings._bench.workload import Case, WrongResultError, standard_cases, stored_digests, verify_case
from support.bench.bench_replies import png_reply, ring_reply

SMALL = (640, 480)


@pytest.fixture(scope="module")
def every() -> list[Case]:
    return standard_cases()


def items_of(case: Case) -> list[list[dict[str, Any]]]:
    found = [json.loads(text.strip("`json\n")) for text in case.texts]
    return [value["boxes"] if isinstance(value, dict) else value for value in found]


def pixels_of(item: dict[str, Any], size: tuple[int, int]) -> NDArray[np.bool_]:
    """What an item means: rings by a scan that shares nothing with the kernels, maps by Pillow."""
    if not isinstance(item["mask"], str):
        return Shape("", (ScenePart(tuple(map(tuple, item["mask"]))),)).pixels(size)
    (width, height), (y0, x0, y1, x1) = size, item["box_2d"]
    left, right = (int(v * width / 1000) for v in (x0, x1))
    top, bottom = (int(v * height / 1000) for v in (y0, y1))
    picture = picture_of(item)
    canvas = np.zeros((height, width), bool)
    small = picture.resize((right - left, bottom - top), Image.Resampling.BILINEAR)
    canvas[top:bottom, left:right] = np.asarray(small) > 127
    return canvas


def picture_of(item: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(item["mask"].partition(",")[2])))


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
        assert stored_digests()[case.name] == digest.hexdigest()


def test_every_case_has_digests_and_no_digest_lacks_its_case(every: list[Case]) -> None:
    names = [case.name for case in every]
    assert len(set(names)) == len(names) == 12
    assert {*names, "texts png", "texts ring"} == set(stored_digests())


def test_the_replies_are_the_same_bytes_as_ever(every: list[Case]) -> None:
    for case in every[::6]:
        assert workload._text_digest(case) == stored_digests()[f"texts {case.form}"]


def test_a_wrong_result_names_the_case_what_was_expected_and_what_came(
    cases: list[Case], digests: dict[str, str]
) -> None:
    wrong = {**digests, cases[0].name: "0" * 32}
    with pytest.raises(WrongResultError) as caught:
        verify_case(cases[0], wrong)
    got = digests[cases[0].name]
    assert str(caught.value) == f"expected the digest {'0' * 32}, got {got} - at `png 32x24 rle`"
    assert isinstance(caught.value, MaskmillError)
    assert (caught.value.got, caught.value.at) == (got, "png 32x24 rle")


def test_one_pixel_more_is_a_wrong_result(
    cases: list[Case], digests: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_a_pixel(masks: Any) -> NDArray[np.bool_]:
        dense: NDArray[np.bool_] = masks.dense()
        dense[-1, -1, -1] ^= True
        return dense

    assert verify_case(cases[1], digests).masks == 2
    monkeypatch.setitem(workload._OUTPUTS, "dense", with_a_pixel)
    with pytest.raises(WrongResultError, match="- at `ring 32x24 dense`"):
        verify_case(cases[1], digests)


def test_other_texts_are_noticed_before_anything_is_decoded(cases: list[Case], digests: dict[str, str]) -> None:
    with pytest.raises(WrongResultError, match="- at `texts png`"):
        verify_case(replace(cases[0], texts=["not even a reply"]), digests)


def test_a_case_without_a_digest_is_not_timed(cases: list[Case]) -> None:
    with pytest.raises(WrongResultError, match="expected the digest of a known case, got "):
        verify_case(cases[0], {})


def test_bytes_are_the_text_and_the_pages_that_hold_pixels() -> None:
    stack = np.zeros((2, 64, 64), bool)  # a page each
    assert workload._touched_bytes(stack) == 0
    stack[1, 3, 3] = True
    assert workload._touched_bytes(stack) == 4096
    assert workload._touched_bytes(np.ones((3, 100), np.int32)) == 1200


# The replies.


def test_each_form_has_replies_a_name_and_a_colour_of_its_own() -> None:
    assert set(load_replies()) == set(FORMS)
    assert {len(texts) for texts in load_replies().values()} == {8}
    assert len({form.label for form in FORMS.values()}) == len({form.colour for form in FORMS.values()}) == len(FORMS)


def test_ring_replies_are_what_the_maker_returns() -> None:
    assert load_replies()["ring"] == [ring_reply(seed, 8) for seed in range(8)]


@pytest.mark.parametrize("seed", range(8))
def test_png_replies_are_what_the_maker_returns_but_for_their_compression(seed: int) -> None:
    stored, drawn = (json.loads(text.strip("`json\n")) for text in (load_replies()["png"][seed], png_reply(seed, 8)))
    assert [without_mask(item) for item in stored] == [without_mask(item) for item in drawn]
    for ours, theirs in zip(stored, drawn, strict=True):
        assert np.array_equal(*(np.asarray(picture_of(item)) for item in (ours, theirs)))
        assert len(ours["mask"]) < 1.06 * len(theirs["mask"])


def without_mask(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != "mask"}
