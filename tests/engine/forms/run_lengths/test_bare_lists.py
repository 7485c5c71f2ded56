"""Run lengths where a ring could stand, without an end, several in one list, and as bytes of Python."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools import mask as coco

import maskmill
from support.replies import assert_sound, codes, column_runs, png_base64

W, H = 20, 10
BOX = [200, 250, 600, 500]
MASK = np.zeros((H, W), bool)
MASK[2:6, 5:10] = True
MASK[2:4, 8:10] = False
RUNS = column_runs(MASK)
TEXT = coco.encode(np.asfortranarray(MASK, np.uint8))["counts"]

TALL = np.zeros((80, 60), bool)
TALL[29:54, 1:21] = True


def with_backslash() -> tuple[NDArray[np.bool_], str]:
    """Return a mask whose string has a backslash, and the string."""
    for left in range(1, 28):
        for top in range(29, 40):
            mask = np.zeros((80, 60), bool)
            mask[top : top + 25, left : left + 20] = True
            text = coco.encode(np.asfortranarray(mask, np.uint8))["counts"].decode()
            if "\\" in text:
                return mask, text
    raise AssertionError


SLASHED, SLASHED_TEXT = with_backslash()


def pairs_of(mask: NDArray[np.bool_], first: int = 1) -> list[int]:
    runs = column_runs(mask)
    starts = np.cumsum([0, *runs])
    return [v for i in range(1, len(runs), 2) for v in (int(starts[i]) + first, runs[i])]


def decoded(reply: Any, mask: NDArray[np.bool_] = MASK) -> maskmill.Masks:
    """Decode a reply and compare its one mask."""
    masks = maskmill.decode(reply, mask.shape[::-1])
    assert_sound(masks)
    assert masks.status.tolist() == ["ok"], masks.problems
    np.testing.assert_array_equal(masks[0].dense(), mask)
    return masks


def items(counts: Any, size: tuple[int, int] = (H, W)) -> list[dict[str, Any]]:
    return [{"box_2d": BOX, "mask": {"size": list(size), "counts": counts}, "label": "a"}]


# Bytes of Python.


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_in_values(kind: Any) -> None:
    decoded(items(kind(TEXT)))
    decoded(items(kind(TEXT))[0])
    decoded(items(kind(TEXT))[0]["mask"])


@pytest.mark.parametrize(
    "around", ["{}", "```python\n{}\n```", "Here it is:\n{}\nDone, don't worry.", "{{'data': {}}}"]
)
@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_bytes_in_a_repr(around: str, kind: Any) -> None:
    masks = decoded(around.format(items(kind(TEXT))))
    assert masks.labels.tolist() == ["a"]


def test_bytes_beside_the_quotes_of_json_and_in_double_quotes() -> None:
    text = TEXT.decode()
    decoded(json.dumps(items("?")).replace('"?"', f"b'{text}'"))
    decoded(str(items(TEXT)).replace(f"b'{text}'", f'b"{text}"'))
    decoded(str(items(TEXT)[0]["mask"]))


@pytest.mark.parametrize("text", [SLASHED_TEXT.encode(), SLASHED_TEXT, bytearray(SLASHED_TEXT.encode())])
def test_escaped_backslashes_in_a_repr(text: Any) -> None:
    decoded(str([{"mask": {"size": [80, 60], "counts": text}, "label": "a"}]), SLASHED)
    nested = {"annotations": [{"segmentation": {"size": [80, 60], "counts": text}, "category": "a"}]}
    decoded(str(nested), SLASHED)


@pytest.mark.parametrize(
    "text",
    [
        '[{"mask":{"size":[80,60],"counts":"?"},"label":"a"}]',
        '[{"mask":{"counts":"?"},"label":"a"}]',
        "[{'mask':{'size':[80,60],'counts':'?'},'label':'a'}]",
        '[{"mask":"?","label":"a"}]',
        '[{"mask_rle":"?","label":"a"}]',
        '```json\n[{"label":"a","mask":{"counts":"?","size":[80,60]}}]\n```',
    ],
)
def test_backslashes_that_nobody_escaped(text: str) -> None:
    masks = decoded(text.replace("?", SLASHED_TEXT), SLASHED)
    assert masks.labels.tolist() == ["a"]


def test_other_texts_with_unknown_escapes_are_read_as_before() -> None:
    masks = maskmill.decode(r'[{"box_2d": [1, 2, 3, 4], "label": "a \Picture of it\_s"}]', (9, 9))
    assert masks.labels.tolist() == ["a Picture of it_s"]


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_a_repr_of_bytes_in_a_text(kind: Any) -> None:
    decoded(items(repr(kind(TEXT))))
    decoded(items(repr(kind(SLASHED_TEXT.encode())), (80, 60)), SLASHED)


@pytest.mark.parametrize("write", [str.encode, lambda text: repr(text.encode()), lambda text: base64.b64decode(text)])
def test_bytes_of_a_png(write: Any) -> None:
    masks = maskmill.decode([{"box_2d": BOX, "mask": write(png_base64()), "label": "a"}], (W, H))
    assert masks.forms.tolist() == ["png"]
    assert masks.status.tolist() == ["ok"]


@pytest.mark.parametrize("text", [TEXT, TEXT.decode()])
def test_a_dictionary_of_python_in_a_text(text: Any) -> None:
    decoded([{"box_2d": BOX, "mask": str({"size": [H, W], "counts": text}), "label": "a"}])
    decoded([{"box_2d": BOX, "mask": str({"size": (H, W), "counts": text}), "label": "a"}])
    decoded([{"mask": str({"size": [80, 60], "counts": SLASHED_TEXT.encode()})}], SLASHED)


# Keys and pairs.


@pytest.mark.parametrize("key", ["mask_rle", "rle", "rle_mask", "rle_counts", "rleString", "coco_rle"])
@pytest.mark.parametrize("box", [{}, {"box_2d": BOX}])
def test_strings_under_keys_that_name_run_lengths(key: str, box: dict[str, Any]) -> None:
    decoded([{**box, key: TEXT.decode(), "label": "a"}])


@pytest.mark.parametrize("key", ["EncodedPixels", "encoded_pixels", "EncodedPixel", "rle_pixels"])
@pytest.mark.parametrize("box", [{}, {"box_2d": BOX}])
def test_pairs_under_keys_that_name_them(key: str, box: dict[str, Any]) -> None:
    masks = decoded([{**box, key: " ".join(map(str, pairs_of(MASK))), "label": "a"}])
    assert "rle_pairs" in codes(masks, 0)
    assert masks.labels.tolist() == ["a"]


@pytest.mark.parametrize("key", ["mask", "segmentation"])
@pytest.mark.parametrize(
    "write", [list, lambda pairs: " ".join(map(str, pairs)), lambda pairs: np.reshape(pairs, (-1, 2)).tolist()]
)
def test_ascending_pairs_under_the_key_of_a_mask(key: str, write: Any) -> None:
    masks = decoded([{"box_2d": BOX, key: write(pairs_of(MASK)), "label": "a"}])
    assert codes(masks, 0) == {"rle_pairs", "rle_size_assumed"}
    note = next(problem for problem in masks.problems if problem.code == "rle_pairs")
    assert "assumed: it may be 0" in note.message


def test_pairs_that_reach_the_last_pixel_count_from_one() -> None:
    mask = np.zeros((H, W), bool)
    mask[2:, 14:] = True
    masks = decoded([{"mask": pairs_of(mask), "label": "a"}], mask)
    assert "assumed: it may be 0" not in str(masks.problems)


@pytest.mark.parametrize(
    "ring",
    [
        [[200, 100], [600, 100], [600, 500], [200, 500]],
        [[1, 1], [50, 40], [100, 1]],
        [[0, 0], [10, 500], [900, 600], [950, 10], [500, 5]],
    ],
)
def test_rings_stay_rings(ring: list[list[int]]) -> None:
    for value in (ring, [v for point in ring for v in point]):
        masks = maskmill.decode([{"mask": value, "label": "a"}], (1000, 800))
        assert masks.forms.tolist() == ["ring"]


# Values and lengths, bare runs, prefixes, sizes.


VALUED = [[i % 2, run] for i, run in enumerate(RUNS)]


@pytest.mark.parametrize(
    "value",
    [
        VALUED,
        [[run, value] for value, run in VALUED],
        {"size": [H, W], "counts": VALUED},
        {"size": [H, W], "counts": [v for pair in VALUED for v in pair]},
    ],
)
def test_values_and_lengths(value: Any) -> None:
    assert "rle_pairs" in codes(decoded([{"box_2d": BOX, "mask": value, "label": "a"}]), 0)


@pytest.mark.parametrize("box", [{}, {"box_2d": BOX}])
def test_bare_runs_that_sum_up_to_the_image(box: dict[str, Any]) -> None:
    masks = decoded([{**box, "mask": RUNS, "label": "a"}])
    assert codes(masks, 0) == {"rle_size_assumed"}


@pytest.mark.parametrize("prefix", ["rle:", "RLE: ", "coco_rle: ", "counts=", "COCO RLE: "])
@pytest.mark.parametrize("text", [TEXT.decode(), " ".join(map(str, RUNS))])
def test_prefixes(prefix: str, text: str) -> None:
    decoded([{"box_2d": BOX, "mask": prefix + text, "label": "a"}])


@pytest.mark.parametrize("size", ["10x20", "20x10", "10 x 20", "10×20", "20*10", "10X20"])
def test_sizes_in_words(size: str) -> None:
    decoded([{"box_2d": BOX, "mask": {"size": size, "counts": RUNS}, "label": "a"}])


# A missing end.


@pytest.mark.parametrize("write", [list, lambda runs: " ".join(map(str, runs))])
def test_a_missing_run_of_background_is_added_and_said(write: Any) -> None:
    masks = decoded([{"mask": {"size": [H, W], "counts": write(RUNS[:-1])}, "label": "a"}])
    assert "rle_completed" in codes(masks, 0)
    assert f"{RUNS[-1]} pixels" in str(masks.problems)


def test_a_string_that_breaks_off_is_not_completed() -> None:
    masks = maskmill.decode([{"mask": {"size": [H, W], "counts": TEXT.decode()[:-2]}, "label": "a"}], (W, H))
    assert masks.status.tolist() == ["garbage"]


@pytest.mark.parametrize(
    "runs", [RUNS[:-2], RUNS[:3], [50, 20, 30], [5, 2], [10, 5, 1, 3], [1, 5, 3, 5], [52, 4, 6, 4, 3, 1, 9, 9]]
)
def test_other_missing_runs_give_a_reason(runs: list[int]) -> None:
    masks = maskmill.decode([{"mask": {"size": [H, W], "counts": runs}, "label": "a"}], (W, H))
    assert masks.status.tolist() == ["garbage"]


def test_runs_that_fit_the_image_and_not_their_size_are_not_completed() -> None:
    runs = [52, 4, 6, 4, 6, 4, 6, 118]
    masks = maskmill.decode([{"mask": {"size": [20, 20], "counts": runs}, "label": "a"}], (W, H))
    assert masks.status.tolist() == ["garbage"]


# Several in one list.


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("count", [2, 3])
def test_several_run_lengths_are_united_and_that_is_said(compressed: bool, count: int) -> None:
    second = np.zeros((H, W), bool)
    second[:3, :3] = second[4:8, 6:7] = True
    both = [{"size": [H, W], "counts": column_runs(mask)} for mask in (MASK, second, MASK)[:count]]
    if compressed:
        both = [{**rle, "counts": coco.frPyObjects(rle, H, W)["counts"].decode()} for rle in both]
    masks = decoded([{"mask": both, "label": "a"}], MASK | second)
    assert "shapes_united" in codes(masks, 0)


@pytest.mark.parametrize("other", [{"size": [5, 40], "counts": [200]}, {"size": [H, W], "counts": [7]}])
def test_run_lengths_that_do_not_fit_together_give_a_reason(other: dict[str, Any]) -> None:
    masks = maskmill.decode([{"mask": [{"size": [H, W], "counts": RUNS}, other], "label": "a"}], (W, H))
    assert masks.status.tolist() == ["garbage"]


# Pixels in a text.


ROWS = ["".join(str(int(v)) for v in row) for row in MASK]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(ROWS),
        "\n".join(" ".join(row) for row in ROWS),
        "\n".join(",".join(row) for row in ROWS),
        "".join(ROWS),
        ",".join(ROWS),
        ";".join(ROWS),
        " ".join(ROWS),
        "\n\n".join(ROWS),
    ],
)
def test_pixels_in_a_text(text: str) -> None:
    assert codes(decoded([{"box_2d": BOX, "mask": text, "label": "a"}]), 0) == {"bitmap_read"}


@pytest.mark.parametrize("text", ["\n".join(ROWS[:-1]), "\n".join(row + "0" for row in ROWS)])
def test_pixels_of_another_size_give_a_reason(text: str) -> None:
    masks = maskmill.decode([{"box_2d": BOX, "mask": text, "label": "a"}], (W, H))
    assert masks.status.tolist() == ["garbage"]


# Tokens beside other forms.


@pytest.mark.parametrize("numbers", [list(range(16)), [20, 10, 40, 10, 60, 10, 60, 30, 60, 50, 40, 50, 20, 50, 20, 30]])
def test_sixteen_small_numbers_may_be_tokens(numbers: list[int]) -> None:
    masks = maskmill.decode([{"box_2d": [10, 20, 50, 60], "mask": numbers, "label": "a"}], (1000, 1000))
    assert masks.problems or masks.status.tolist() != ["ok"]
    masks = maskmill.decode([{"box_2d": [10, 20, 50, 60], "polygon": numbers, "label": "a"}], (1000, 1000))
    assert "form_assumed" not in codes(masks, 0)
