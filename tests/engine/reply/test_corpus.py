"""Real replies: what each of them holds is known, and nothing else may come out."""

from __future__ import annotations

import base64
import io
import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
from PIL import Image

import maskmill
from support.corpus import CORPUS, needs_corpus
from support.replies import assert_sound, codes, pasted, rows

pytestmark = needs_corpus
SIZE = (320, 240)


def lines(name: str) -> list[str]:
    return [json.loads(line)["text"] for line in (CORPUS / name).read_text().splitlines()]


def load(name: str) -> Any:
    return json.loads((CORPUS / name).read_text())


def pixels_of(uri: str) -> np.ndarray:
    """Return the PNG in a data URI as Pillow reads it, whatever follows its IEND."""
    digits = uri.split(",", 1)[1]
    raw = base64.b64decode(digits[: len(digits) // 4 * 4])
    end = raw.index(b"IEND") + 8
    return np.asarray(Image.open(io.BytesIO(raw[:end])))


def test_the_cookbooks_reply() -> None:
    text = (CORPUS / "cookbook_reply.txt").read_text()
    masks = maskmill.decode(text, SIZE)
    assert_sound(masks)
    items = json.loads(text.strip().removeprefix("```json").removesuffix("```"))
    assert len(masks) == len(items) == 15
    assert set(masks.status.tolist()) == {"ok"}
    assert set(masks.forms.tolist()) == {"png"}
    assert masks.labels.tolist() == [entry["label"] for entry in items]
    assert (masks.reply_status, masks.problems) == ("ok", ())
    for entry, dense in zip(items, masks.dense(), strict=True):
        y0, x0, y1, x1 = entry["box_2d"]
        corners = x0 * 320 // 1000, y0 * 240 // 1000, x1 * 320 // 1000, y1 * 240 // 1000
        np.testing.assert_array_equal(dense, pasted(pixels_of(entry["mask"]), corners, SIZE))


def test_masks_that_end_and_masks_that_do_not() -> None:
    for entry in load("png_masks.json"):
        box = entry["box_2d"] or [100, 100, 900, 900]
        want = rows(maskmill.decode([{"box_2d": box, "mask": entry["mask"]}], SIZE))
        assert [row[1] for row in want] == ["ok"]
        text = f'[{{"box_2d": {box}, "mask": "{entry["mask"]}'
        assert rows(maskmill.decode(text, SIZE)) == want
        assert rows(maskmill.decode(text + '}, "label": ""}, {"box_2d": [1, 2, 3, 4]}]', SIZE))[:1] == want
        x0, y0, x1, y1 = (int(v) for v in maskmill.decode([{"box_2d": box}], SIZE).boxes[0])
        (dense,) = maskmill.decode(text, SIZE).dense()
        np.testing.assert_array_equal(dense, pasted(pixels_of(entry["mask"]), (x0, y0, x1, y1), SIZE))


def test_whole_replies() -> None:
    tally: Counter[str] = Counter()
    for text in lines("replies_2_5.jsonl"):
        masks = maskmill.decode(text, SIZE)
        assert_sound(masks)
        tally.update(masks.status.tolist())
        tally[str(masks.reply_status)] += 100
        if text.startswith("```"):
            items = json.loads(text.removeprefix("```json").removesuffix("```"))
            assert masks.items == tuple(items)
            assert masks.labels.tolist() == [entry["label"] for entry in items]
            assert masks.status.tolist() == [expected_of(entry.get("mask", "")) for entry in items]
        else:
            assert (len(masks), masks.reply_status) == (0, "no_json")
    assert (tally["nothing"], tally["tokens_incomplete"], tally["no_json"]) == (1, 1, 300)


def test_replies_that_defeated_another_parser() -> None:
    texts = lines("failing_replies.jsonl")
    first = maskmill.decode(texts[0], SIZE)
    assert_sound(first)
    assert first.status.tolist() == ["ok", "tokens_incomplete"]
    assert first.labels.tolist() == ["optic cup", "optic disc"]
    assert first.reply_status == "salvaged"
    for text in texts[1:]:
        masks = maskmill.decode(text, SIZE)
        assert_sound(masks)
        assert masks.reply_status in ("truncated", "salvaged")
        assert not np.isin(masks.status, ["ok"]).any()
        assert len(masks) <= text.count('"box_2d"') + text.count('"mask"')


def test_items_as_a_python_repr() -> None:
    texts = lines("failing_items_repr.jsonl")
    wanted = [expected_of(text) for text in texts]
    for text, want in zip(texts, wanted, strict=True):
        masks = maskmill.decode(text, SIZE)
        assert_sound(masks)
        assert masks.status.tolist() == [want], text[:200]
        assert not np.isnan(masks.boxes).any()
        assert masks.reply_status == "salvaged"
    together = maskmill.decode("[" + ", ".join(texts) + "]", SIZE)
    assert together.status.tolist() == wanted
    assert maskmill.decode("\n".join(texts), SIZE).status.tolist() == wanted


def expected_of(text: str) -> str:
    if "data:image" in text:
        return "ok"
    return "tokens_incomplete" if "<seg_" in text else "nothing"


def test_a_misspelt_box_is_said() -> None:
    (text,) = [text for text in lines("failing_items_repr.jsonl") if "'x_2d'" in text]
    assert "key_mended" in codes(maskmill.decode(text, SIZE), 0)


@pytest.mark.parametrize("quote", ["", '"'])
def test_token_sequences(quote: str) -> None:
    for entry in load("seg_tokens.json"):
        run = "<start_of_mask>" + "".join(f"<seg_{n}>" for n in entry["seg"])
        text = f'[{{"box_2d": [1, 2, 300, 400], "mask": {quote}{run}", "label": "x"}}]'
        masks = maskmill.decode(text, SIZE)
        assert masks.forms.tolist() == ["tokens"]
        assert masks.labels.tolist() == ["x"]
        assert masks.status.tolist() == ["tokens" if len(entry["seg"]) == 16 else "tokens_incomplete"]
        assert_sound(masks)


def test_near_pairs_of_tokens_and_png() -> None:
    for entry in load("token_png_near_pairs.json"):
        run = "<start_of_mask>" + "".join(f"<seg_{n}>" for n in entry["tokens"])
        box = json.loads(entry["png_box"])
        masks = maskmill.decode(
            [{"box_2d": entry["token_box"], "mask": run}, {"box_2d": box, "mask": entry["png"]}], SIZE
        )
        assert masks.status.tolist() == ["tokens_incomplete", "ok"]


def test_paligemma_tokens() -> None:
    for entry in load("paligemma_tokens.json"):
        places = "".join(f"<loc{n:04}>" for n in entry["loc"])
        run = "".join(f"<seg{n:03}>" for n in entry["seg"])
        masks = maskmill.decode([{"box_2d": [1, 2, 300, 400], "mask": places + run + " cat"}], SIZE)
        assert masks.status.tolist() == ["tokens"]
        masks = maskmill.decode(f"{places}{run} cat", (1024, 1024))
        assert masks.boxes.tolist() == [[entry["loc"][i] for i in (1, 0, 3, 2)]]
        assert masks.status.tolist() == ["tokens"]


def test_polygons() -> None:
    by_id = {entry["id"]: entry["item"] for entry in load("polygons_and_odd.json")}
    dent = maskmill.decode([by_id["gemini-3.6-flash_yx_despite_xy_schema"]], (1000, 1000))
    assert dent.status.tolist() == ["ok"]
    assert codes(dent, 0) == {"axes_swapped"}
    x0, y0, x1, y1 = dent.boxes[0]
    y, x, crop = dent.crops()[0]
    assert x0 - 5 <= x <= x0 + 5
    assert y0 - 8 <= y <= y0 + 8
    assert x + crop.shape[1] <= x1 + 5
    assert y + crop.shape[0] <= y1 + 5

    fixture = maskmill.decode([by_id["docs_xy_fixture"]], (1000, 1000))
    assert (fixture.status.tolist(), fixture.areas.tolist(), fixture.problems) == (["ok"], [600 * 400], ())

    without_box = maskmill.decode([by_id["gemini-3.5-flash_forum"]], (1000, 1000))
    assert (without_box.status.tolist(), without_box.problems) == (["ok"], ())

    marked = by_id["gemini-2.5_string_of_points_json"]
    for reply in ([marked], json.dumps(marked), json.dumps(marked).replace('\\"', '"')):
        masks = maskmill.decode(reply, (1000, 1000))
        assert masks.status.tolist() == ["ok"]
        assert masks.forms.tolist() == ["ring"]
        assert masks.labels.tolist() == ["mass"]


def test_a_runaway_of_booleans() -> None:
    text = '````json\n[{"box_2d": [0, 394, 1000, 1000], "mask": [' + "true, " * 10_000
    masks = maskmill.decode(text, SIZE)
    assert masks.status.tolist() == ["truncated"]
    masks = maskmill.decode(text[:-2] + "]}]", SIZE)
    assert masks.status.tolist() == ["garbage"]
    assert_sound(masks)


def test_real_replies_cut_anywhere() -> None:
    """A whole item before the cut is what it was; nothing is ok that was not."""
    texts = [text for text in lines("replies_2_5.jsonl") if text.startswith("```")]
    for text in texts:
        whole = rows(maskmill.decode(text, (64, 48)))
        for end in range(0, len(text), 61):
            got = rows(maskmill.decode(text[:end], (64, 48)))
            complete = text[:end].count('"}')
            assert got[:complete] == whole[:complete]
            assert len(got) <= len(whole)
            for row, want in zip(got, whole, strict=False):
                assert row[1] in ("truncated", "nothing") or row[1:4] + row[5:] == want[1:4] + want[5:]
