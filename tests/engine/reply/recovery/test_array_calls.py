"""Arrays and numbers of NumPy and PyTorch in printed replies: the lists and numbers that they hold."""

from __future__ import annotations

import json

import pytest

import maskmill
from maskmill import Limits
from maskmill._reply import read
from maskmill._reply.recovery.array_calls import read_array_calls
from support.replies import SIZE

BOX = [100, 200, 500, 600]
RING = [[200, 100], [600, 100], [600, 500]]
RING_TEXT = "[[200, 100],\n       [600, 100],\n       [600, 500]]"
CALLS = {
    "array(VALUE)": "array",
    "np.array(VALUE)": "NumPy's",
    "numpy.asarray(VALUE)": "another function",
    "array(VALUE, dtype=int32)": "a type",
    "array(VALUE, dtype='<i4')": "a type in quotes",
    "tensor(VALUE)": "tensor",
    "tensor(VALUE, device='cuda:0')": "a device",
    "torch.tensor(VALUE, dtype=torch.int32, requires_grad=True)": "options",
    "tensor(VALUE, grad_fn=<SelectBackward0>)": "a function",
    "Array(VALUE, dtype=int32)": "JAX's",
}


@pytest.mark.parametrize("call", CALLS)
def test_arrays_are_the_lists_that_they_hold(call: str) -> None:
    box, ring = call.replace("VALUE", str(BOX)), call.replace("VALUE", RING_TEXT)
    for quote in "'\"":
        text = f"[{{'box_2d': {box}, 'mask': {ring}, 'label': 'a'}}]".replace("'box_2d'", f"{quote}box_2d{quote}")
        (item,) = read(text, Limits()).items
        assert (item.box, item.mask, item.label) == (BOX, RING, "a")
    assert maskmill.decode(text, SIZE).status.tolist() == ["ok"]


@pytest.mark.parametrize(
    "number", ["np.int64({})", "np.float32({}.0)", "numpy.uint8({})", "np.float64({})", "np.intp({})"]
)
def test_numbers_with_their_type(number: str) -> None:
    box = ", ".join(number.format(v) for v in BOX)
    ring = ", ".join(f"({number.format(x)}, {number.format(y)})" for x, y in RING)
    (item,) = read(
        f"[{{'box_2d': ({box}), 'mask': [{ring}], 'label': np.str_('it'), 'score': np.float32(0.5)}}]", Limits()
    ).items
    assert (item.box, item.mask, item.label, item.score) == (BOX, RING, "it", 0.5)


def test_lists_in_parallel_and_run_lengths() -> None:
    text = f"{{'boxes': tensor([{BOX}.]), 'masks': array([{RING}]), 'labels': ['a'], 'scores': tensor([0.9])}}".replace(
        "].", "]"
    )
    (item,) = read(text, Limits()).items
    assert (item.box, item.mask, item.label, item.score) == (BOX, RING, "a", 0.9)
    (item,) = read(
        "[{'mask': {'size': (2, 3), 'counts': array([2, 3, 1], dtype=uint32)}, 'label': 'a'}]", Limits()
    ).items
    assert item.mask == {"size": [2, 3], "counts": [2, 3, 1]}


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("{'a': 'array([1, 2])'}", "{'a': 'array([1, 2])'}"),
        ('{"a": "np.int64(3)"}', '{"a": "np.int64(3)"}'),
        ("array([1, ..., 3])", "array([1, ..., 3])"),
        ("array([[1, 2], [3)", "array([[1, 2], [3)"),
        ("my_array([1, 2])", "my_array([1, 2])"),
        (
            "[np.nan, np.inf, np.True_, np.float32(nan), array(5), array([1., nan, inf])]",
            "[NaN, Infinity, true, NaN, 5, [1.0, NaN, Infinity]]",
        ),
        ("array([1, 2], dtype=object", "[1, 2]"),
        ("array([[1, 2], [3,", "[[1, 2], [3"),
    ],
)
def test_what_is_no_whole_array_stays(text: str, want: str) -> None:
    assert read_array_calls(text) == want


def test_an_array_that_leaves_points_out_is_no_mask() -> None:
    text = f"[{{'box_2d': {BOX}, 'mask': array([[200, 100],\n       ...,\n       [200, 500]]), 'label': 'a'}}]"
    masks = maskmill.decode(text, SIZE)
    assert masks.status.tolist() == ["garbage"]


def test_a_reply_that_is_valid_json_is_not_changed() -> None:
    label = "array([1, 2]) and np.int64(3)"
    (item,) = read(json.dumps([{"box_2d": BOX, "mask": RING, "label": label}]), Limits()).items
    assert item.label == label


@pytest.mark.parametrize(
    "piece",
    ["\\'", "'", '"', "array([1],a=<", "array([[1,2],", "array(array(", "np.int64(", "array([1, ", "array([1] , a='"],
)
def test_time_is_linear_in_the_text(piece: str) -> None:
    """No time is measured: a quadratic reading would not end."""
    text = "array([1]) '" + piece * (400_000 // len(piece))
    assert read_array_calls(text).startswith(("[1] ", "array([1]) "))


def test_an_apostrophe_in_prose_opens_no_string() -> None:
    text = f"Here's what I've found: [{{'box_2d': array({BOX}), 'label': 'a'}}]"
    (item,) = read(text, Limits()).items
    assert (item.box, item.label) == (BOX, "a")
