"""A codebook in `decode`: what it knows becomes a mask, what it does not stays tokens, and nothing is guessed."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import maskmill
from maskmill.codebooks import Codebook
from maskmill.errors import ArgumentError
from support.codebooks.drawn_codebook import Drawn, OfPaliGemma
from support.replies import RING, SIZE, TOKENS, assert_sound, item, png_uri

ROW = (60, 59, 58, 111, 44, 27, 27, 100, 50, 27, 27, 3, 91, 1, 17, 9)


def run(*numbers: int, spelling: str = "<seg_{}>") -> str:
    return "<start_of_mask>" + "".join(spelling.format(n) for n in numbers)


def test_a_known_row_is_the_mask_of_its_map() -> None:
    masks = maskmill.decode([item(run(*ROW[:15], 27), box=[0, 0, 500, 500])], SIZE, codebook=Drawn())
    as_png = Drawn().decode([[*ROW[:15], 27]])[0]
    assert masks.status.tolist() == ["ok"]
    assert masks.forms.tolist() == ["tokens"]
    assert masks.areas[0] == np.count_nonzero(_resized(as_png, 32, 24) > 127)
    assert_sound(masks)


def _resized(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def test_a_fitted_codebook_says_so_and_how_far_it_can_be_trusted() -> None:
    masks = maskmill.decode([item(run(*[27] * 16))], SIZE, codebook=Drawn())
    (problem,) = (p for p in masks.problems if p.code == "fitted_codebook")
    assert float(problem.excerpt) == 0.875
    again = maskmill.Masks.from_dict(masks.to_dict())
    assert again.problems == masks.problems


def test_a_row_that_it_does_not_know_stays_tokens() -> None:
    masks = maskmill.decode([item(TOKENS), item(run(*[27] * 16))], SIZE, codebook=Drawn(), fallback="box")
    assert masks.status.tolist() == ["tokens", "ok"]
    assert masks.filled.tolist() == [True, False]
    assert "<seg_9>" in masks[0].problems[-1].message


@pytest.mark.parametrize(
    ("codebook", "spelling", "status"),
    [
        (Drawn(), "<seg_{}>", "ok"),
        (Drawn(), "<seg{:03}>", "tokens"),
        (OfPaliGemma(), "<seg_{}>", "tokens"),
        (OfPaliGemma(), "<seg{:03}>", "ok"),
    ],
)
def test_each_model_has_tokens_of_its_own(codebook: Codebook, spelling: str, status: str) -> None:
    masks = maskmill.decode([item(run(*[27] * 16, spelling=spelling))], SIZE, codebook=codebook)
    assert masks.status.tolist() == [status]
    if status == "tokens":
        assert "Gemini" in masks.problems[0].message
        assert "PaliGemma" in masks.problems[0].message


def test_from_paligemmas_text_to_the_mask() -> None:
    seg = "".join(f"<seg{n:03}>" for n in [27] * 8 + [115] * 8)
    masks = maskmill.decode(f"<loc0000><loc0512><loc0512><loc1024>{seg} cat", SIZE, codebook=OfPaliGemma())
    assert masks.status.tolist() == ["ok"]
    assert masks.problems == ()
    expected = np.zeros((48, 64), bool)
    expected[:12, 32:] = True
    assert np.array_equal(masks.dense()[0], expected)


def test_tokens_need_a_box() -> None:
    masks = maskmill.decode([{"mask": run(*[27] * 16), "label": "cat"}], SIZE, codebook=Drawn())
    assert masks.status.tolist() == ["no_box"]


def test_rows_keep_their_order_among_other_forms() -> None:
    masks = maskmill.decode(
        [item(RING), item(run(*[27] * 16)), item(png_uri()), item(TOKENS), item(run(*[115] * 16))],
        SIZE,
        codebook=Drawn(),
    )
    assert masks.forms.tolist() == ["ring", "tokens", "png", "tokens", "tokens"]
    assert masks.status.tolist() == ["ok", "ok", "ok", "tokens", "empty"]


def test_more_rows_than_are_decoded_at_a_time() -> None:
    numbers = np.random.default_rng(0).integers(0, 127, (600, 16))
    numbers[numbers == 9] = 27
    masks = maskmill.decode([item(run(*row)) for row in numbers.tolist()], SIZE, codebook=Drawn())
    maps = Drawn().decode(numbers)
    areas = [np.count_nonzero(_resized(pixels, *_extent()) > 127) for pixels in maps]
    assert masks.areas.tolist() == areas


def _extent() -> tuple[int, int]:
    x0, y0, x1, y1 = maskmill.decode([item(RING)], SIZE).boxes[0].astype(int).tolist()
    return x1 - x0, y1 - y0


@pytest.mark.parametrize("reply_of", [json.dumps, lambda values: values])
def test_every_way_of_decoding_gives_the_same(reply_of: Any) -> None:
    reply = reply_of([item(run(*[27] * 16)), item(png_uri())])
    decoder = maskmill.Decoder(codebook=Drawn())
    one = decoder.decode(reply, SIZE)
    many = [*decoder.decode_many([reply] * 3, SIZE, threads=2), *decoder.decode_batch([reply], [SIZE])]
    assert [masks.to_dict() for masks in many] == [one.to_dict()] * 4


def test_a_decoder_with_a_codebook_can_be_pickled() -> None:
    decoder = pickle.loads(pickle.dumps(maskmill.Decoder(codebook=Drawn())))
    assert decoder.decode([item(run(*[27] * 16))], SIZE).status.tolist() == ["ok"]


@pytest.mark.parametrize("codebook", [1, b"x", [], object()])
def test_what_is_no_codebook(codebook: Any) -> None:
    with pytest.raises(ArgumentError, match="at `codebook`"):
        maskmill.decode("[]", SIZE, codebook=codebook)


@pytest.mark.parametrize("name", ["missing.npz", "", "a\0b"])
def test_a_file_that_is_not_there(name: str) -> None:
    with pytest.raises(ArgumentError, match="codebook"):
        maskmill.decode("[]", SIZE, codebook=name)


def test_the_environment_names_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("MASKMILL_CODEBOOK", str(tmp_path / "missing.npz"))
    with pytest.raises(ArgumentError, match="MASKMILL_CODEBOOK"):
        maskmill.decode("[]", SIZE)
    monkeypatch.setenv("MASKMILL_CODEBOOK", "")
    assert len(maskmill.decode("[]", SIZE)) == 0


@pytest.mark.parametrize("tokens", [[1, 2], [[1] * 15], [[1.5] * 16], [["a"] * 16], [[1] * 16, [2]], None])
def test_tokens_of_another_shape(tokens: Any) -> None:
    for verb in (Drawn().decode, Drawn().known, Drawn().confidence):
        with pytest.raises(ArgumentError, match="at `tokens`"):
            verb(tokens)


@pytest.mark.parametrize("number", [-1, 128, 2**40, -(2**63)])
def test_a_number_past_the_vocabulary_is_not_known(number: int) -> None:
    tokens = [[number] * 16]
    assert Drawn().known(tokens).tolist() == [False]
    assert Drawn().decode(tokens).shape == (1, 16, 16)


def test_no_rows_at_all() -> None:
    assert Drawn().decode([]).shape == (0, 16, 16)
    assert Drawn().known([]).shape == (0,)
