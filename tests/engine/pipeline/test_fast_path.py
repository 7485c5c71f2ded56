"""The fast path gives the same masks as the full path, and decodes every well-formed reply."""

from __future__ import annotations

import base64
import json
import pickle
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from maskmill._device.kernel_jobs import run_on_cpu
from maskmill._pipeline import fast_path, full_path
from maskmill._pipeline.deferred import needs_codebook
from maskmill._reply import keys, unwrap_reply
from maskmill.api import Decoder
from maskmill.limits import Limits
from maskmill.samples import reply as sample
from support import pngs
from support.codebooks.drawn_codebook import Drawn, OfPaliGemma
from support.corpus import CORPUS, needs_corpus
from support.replies import FORMS, RING, SIZE, item, pixel_map, png_uri
from support.tiers import cases

Size = tuple[int, int]
COORDINATES = st.integers(-30, 1030) | st.integers(0, 2) | st.floats(0, 1000).map(lambda v: round(v, 2))
BOXES = st.lists(COORDINATES, min_size=4, max_size=4)
SORTED_BOXES = BOXES.map(lambda b: [min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3])])
RINGS = st.lists(st.lists(COORDINATES, min_size=2, max_size=2), min_size=1, max_size=9)
MAPS = st.integers(0, 9).map(png_uri)
LABELS = st.sampled_from(["cat", "", 'a "b"', "猫", "\\", "\n", "\x7f", "\ud800", "</s>"])


def decode_fast(text: str, size: Size = SIZE, **options: Any) -> maskmill.Masks | None:
    """Decode on the fast path, with a codebook if one is needed."""
    decoder = Decoder(**options)
    if needs_codebook([(text, size)], decoder):
        return decode_collected(text, size, **options)
    return fast_path.decode_well_formed([(text, size)], decoder)[0]


def decode_fully(text: str, size: Size = SIZE, **options: Any) -> maskmill.Masks:
    return full_path.decode_any([(unwrap_reply(text), size)], Decoder(**options))[0]


def decode_collected(text: str, size: Size = SIZE, **options: Any) -> maskmill.Masks | None:
    """Decode on the fast path with the jobs collected as for a GPU, and run by the CPU."""
    return fast_path.decode_deferred([(text, size)], Decoder(**options), run_on_cpu)[0]


def assert_same(text: str, size: Size = SIZE, **options: Any) -> bool:
    """Compare the paths where the fast one decodes the reply; tell whether it does."""
    masks, gathered = decode_fast(text, size, **options), decode_collected(text, size, **options)
    assert (masks is None) == (gathered is None)
    if masks is not None and gathered is not None:
        assert masks.to_dict() == gathered.to_dict()
        assert masks.problems == gathered.problems
    if masks is None:
        return False
    other = decode_fully(text, size, **options)
    assert masks.to_dict() == other.to_dict()
    assert masks.items == other.items
    assert masks.boxes.tobytes() == other.boxes.tobytes()
    return True


@pytest.mark.parametrize("form", ["png", "ring", "swapped"])
def test_common_replies_take_the_fast_path(form: str) -> None:
    texts = {
        "png": json.dumps([item(png_uri(i), f"cat {i}") for i in range(3)]),
        "ring": json.dumps({"boxes": [{**item(RING, "é"), "score": 0.5}]}, indent=1),
        "swapped": json.dumps([{"box_2d": [100, 0, 300, 900], "mask": [[100, 0], [300, 0], [200, 900]]}]),
    }
    for text in (texts[form], f"```json\n{texts[form]}\n```", f"  {texts[form]}\n"):
        assert assert_same(text)


def tokens(*numbers: int | str, start: str = "<start_of_mask>") -> str:
    return start + "".join(f"<seg_{number}>" for number in numbers)


@pytest.mark.parametrize("start", ["<start_of_mask>", ""])
def test_tokens_take_the_fast_path_where_a_codebook_knows_them(start: str) -> None:
    text = json.dumps(
        [item(tokens(*range(10, 26), start=start)), item(png_uri()), item(RING), item(tokens(*["000000027"] * 16))]
    )
    assert assert_same(text, codebook=Drawn())
    assert not assert_same(text)
    assert not assert_same(text, codebook=OfPaliGemma())


@pytest.mark.parametrize(
    "mask",
    [
        tokens(*[9] * 16),
        tokens(*[115] * 16),
        tokens(*[128] * 16),
        tokens(*[27] * 15),
        tokens(*[27] * 17),
        tokens(*["0000000027"] * 16),
        tokens(*[27] * 16) + " ",
        tokens(*[27] * 16, start="x"),
        "<start_of_mask>",
        "<seg_",
        "<",
        tokens(*[27] * 16).replace("_", ""),
    ],
)
def test_other_tokens_take_the_full_path(mask: str) -> None:
    assert not assert_same(json.dumps([item(mask), item(png_uri())]), codebook=Drawn())


@settings(deadline=None, derandomize=True, max_examples=cases(300))
@given(st.lists(st.integers(0, 127), min_size=16, max_size=16), SORTED_BOXES, st.integers(1, 90), st.integers(1, 90))
def test_random_tokens(numbers: list[int], box: list[Any], width: int, height: int) -> None:
    text = json.dumps([{"box_2d": box, "mask": tokens(*numbers), "label": "cat"}])
    assert_same(text, (width, height), codebook=Drawn(), threshold=width)


@pytest.mark.parametrize("cut", range(1, 60))
def test_tokens_cut_anywhere(cut: int) -> None:
    text = json.dumps([{"box_2d": [0, 0, 500, 500], "mask": tokens(*[27] * 16)}])
    assert not assert_same(text[:-cut], codebook=Drawn())


@pytest.mark.parametrize("name", ["png", "ring", "ring_yx"])
def test_the_samples_of_the_demo_take_the_fast_path(name: str) -> None:
    assert assert_same(sample(name), (960, 640))


@needs_corpus
def test_the_reply_of_the_cookbook_takes_the_fast_path() -> None:
    text = (CORPUS / "cookbook_reply.txt").read_text()
    for size in ((1024, 768), (333, 999), (40, 30), (1, 1)):
        assert assert_same(text, size) == (min(size) > 1)


@needs_corpus
@pytest.mark.parametrize("name", ["replies_2_5.jsonl", "failing_replies.jsonl"])
def test_real_replies(name: str) -> None:
    texts = [json.loads(line)["text"] for line in (CORPUS / name).read_text().splitlines()]
    plain_ones = [assert_same(text or "", (1024, 768)) for text in texts]
    assert any(plain_ones) == (name == "replies_2_5.jsonl")


@settings(deadline=None, max_examples=cases(800))
@given(
    st.lists(st.tuples(SORTED_BOXES | BOXES, RINGS | MAPS, LABELS), min_size=1, max_size=4),
    st.sampled_from([SIZE, (1, 1), (640, 480), (7, 900)]),
    st.sampled_from(["auto", "xy", "yx"]),
    st.sampled_from([0, 127, 254, 255]),
    st.booleans(),
)
def test_any_boxes_rings_and_maps(entries: list[Any], size: Size, axis: Any, threshold: int, wrapped: bool) -> None:
    items = [{"box_2d": box, "mask": mask, "label": label} for box, mask, label in entries]
    assert_same(json.dumps({"objects": items} if wrapped else items), size, axis=axis, threshold=threshold)


@settings(deadline=None, max_examples=cases(500))
@given(st.lists(st.sampled_from(sorted(FORMS)), min_size=1, max_size=3), st.data())
def test_any_form_and_any_damage(forms: list[str], data: st.DataObject) -> None:
    text = json.dumps([item(FORMS[form], "a") for form in forms])
    place = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    assert_same(text[:place] + data.draw(st.sampled_from(["", *'{}[]",:\\0. \n'])) + text[place + cut :])


@pytest.mark.parametrize("side", [1, 15, 16, 17, 200, 300, 1_500])
@pytest.mark.parametrize("map_side", [1, 40, 256])
def test_boxes_that_grow_and_shrink_maps(side: int, map_side: int) -> None:
    uri = "data:image/png;base64," + base64.b64encode(pngs.encode(pixel_map(3, map_side))).decode()
    for size in ((side, side), (side, 100), (100, side)):
        text = json.dumps([{"box_2d": [0, 0, 1000, 1000], "mask": uri}, {"box_2d": [100, 50, 700, 990], "mask": uri}])
        assert_same(text, size)


@pytest.mark.parametrize("mask", [RING, png_uri()], ids=["ring", "png"])
def test_fields_of_every_name(mask: Any) -> None:
    fields = {"box_2d": [200, 100, 900, 900], "mask": mask, "label": "a", "score": 0.5}
    others = {"box_2d": keys.BOX_NAMES, "mask": keys.MASK_NAMES, "label": keys.LABEL_NAMES, "score": keys.SCORE_NAMES}
    for field, names in others.items():
        for name in names:
            renamed = {name if key == field else key: value for key, value in fields.items()}
            for reply in ([renamed], *({container: [renamed] * 2} for container in keys.CONTAINER_NAMES)):
                assert assert_same(json.dumps(reply)), reply


def test_two_fields_of_one_kind_take_the_full_path() -> None:
    second = {"bbox": [0, 0, 9, 9], "outline": RING, "name": "b", "score": 1, "title": "t", "mask_id": "m", "ymin": 0}
    fields = {"box_2d": [200, 100, 900, 900], "mask": RING, "confidence": 1, "label": "a"}
    assert decode_fast(json.dumps([fields])) is not None
    for name, value in second.items():
        assert decode_fast(json.dumps([{**fields, name: value}])) is None, name


def test_a_reply_with_one_odd_item_takes_the_full_path_as_a_whole() -> None:
    odd = {"png outside": {"box_2d": [0, 0, 1001, 5]}, "tokens": {"mask": "<start_of_mask>"}, "key": {"note": 1}}
    for name, fields in odd.items():
        assert decode_fast(json.dumps([item(RING, "a"), {**item(png_uri(), "b"), **fields}])) is None, name


@pytest.mark.parametrize(
    "limits",
    [
        Limits(max_depth=2),
        Limits(max_vertices=3),
        Limits(max_crossings=100),
        Limits(max_crossings=10**30),
        Limits(max_coordinate=500),
        Limits(max_map_pixels=100),
        Limits(max_reply_chars=30),
    ],
)
def test_limits_hold(limits: Limits) -> None:
    for mask in (RING, png_uri()):
        text = json.dumps([item(mask, "a")])
        masks = maskmill.decode(text, SIZE, limits=limits)
        assert masks.to_dict() == decode_fully(text, limits=limits).to_dict()


def test_items_are_parsed_when_asked_for_and_selected_with_their_rows() -> None:
    items = [item(RING, "a"), item(png_uri(), "b"), item(RING, "zebra")]
    masks = maskmill.decode(json.dumps(items), SIZE)
    assert masks[[2, 0]].items == (items[2], items[0])
    assert masks.items == tuple(items)
    assert masks.items[0] is masks.items[0]
    assert pickle.loads(pickle.dumps(masks[1:2])).items == (items[1],)
    assert b"zebra" not in pickle.dumps(masks[:2])


def test_buffers_that_a_thread_keeps_are_not_handed_out() -> None:
    texts = [json.dumps([item(mask, "a")] * n) for n in (1, 9) for mask in (RING, png_uri(1), png_uri(2))]
    masks = [maskmill.decode(text, SIZE) for text in texts]
    assert [m.to_dict() for m in masks] == [decode_fully(text).to_dict() for text in texts]


def test_threads_do_not_share_buffers() -> None:
    texts = [json.dumps([item(mask, "a")] * 5) for mask in (RING, png_uri(1), png_uri(2))]
    want = [decode_fully(text).to_dict() for text in texts]
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(cases(100)):
            if maskmill.decode(texts[number], SIZE).to_dict() != want[number]:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number % 3,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_counts_outgrow_their_buffer() -> None:
    comb = [[x, y] for y in range(0, 1000, 4) for x in ((0, 990) if y % 8 else (990, 0))] + [[1000, 1000], [1000, 0]]
    text = json.dumps([{"box_2d": [0, 0, 1000, 1000], "mask": comb}] * 2)
    side = cases(3_000)
    assert assert_same(text, (side, side), axis="xy")
    assert len(maskmill.decode(text, (side, side), axis="xy").coco()[0]["counts"]) > min(200, side // 8) * side


def test_a_large_image_after_a_small_one() -> None:
    text = json.dumps([item(png_uri(), "a"), item(RING, "b")])
    for size in ((8, 8), (9_000, 40), (40, 9_000), (64, 48)):
        assert assert_same(text, size)
    assert np.array_equal(maskmill.decode(text, (64, 48)).areas, decode_fully(text, (64, 48)).areas)
