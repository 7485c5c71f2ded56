"""What the emulator answers is the truth: decoded by the engine, compared with rings it does not know."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import maskmill
from maskmill_bindings.emulator import Emulator, draw_scene, scene
from maskmill_bindings.emulator._scenes.scene_files import encode_picture
from support.genai.emulator_clients import MODEL, PROMPT, contents, resized_map, sdk, types

SIZE = (320, 240)


def ask(emulator: Emulator, model: str, *what: Any, **config: Any) -> str:
    with sdk(emulator) as client:
        response = client.models.generate_content(model=model, contents=list(what), config=config or None)
    text = response.text
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize(
    "model",
    [
        "gemini-3-flash-preview",
        "gemini-3.5-flash",
        "gemini-3.6-flash",
        "gemini-robotics-er-1.6-preview",
        "gemini-robotics-er-2-preview",
        "gemini-4-argon",
    ],
)
def test_rings_are_exact(model: str) -> None:
    with Emulator() as emulator:
        for seed in range(1, 7):
            masks = maskmill.decode(ask(emulator, model, *contents(seed)), SIZE)
            for row, shape in zip(masks, scene(seed), strict=True):
                assert row.label == shape.label
                assert (row.dense() == shape.pixels(SIZE)).all(), (seed, shape.label)


@pytest.mark.parametrize("form", ["ring", "ring_flat", "ring_points", "rings", "ring_holes", "rle", "rle_list"])
def test_every_exact_form_is_exact(form: str) -> None:
    with Emulator(form=form) as emulator:
        masks = maskmill.decode(ask(emulator, MODEL, *contents(2)), SIZE)
        for row, shape in zip(masks, scene(2), strict=True):
            assert (row.dense() == shape.pixels(SIZE)).all()


def test_a_png_is_what_google_s_recipe_makes_of_the_truth() -> None:
    with Emulator() as emulator:
        for seed in range(6):
            masks = maskmill.decode(ask(emulator, MODEL, *contents(seed)), SIZE)
            for row, shape in zip(masks, scene(seed), strict=True):
                assert (row.dense() == resized_map(shape, SIZE)).all()


def test_run_lengths_are_of_the_image_that_was_sent() -> None:
    with Emulator(form="rle") as emulator:
        text = ask(emulator, MODEL, *contents(4, size=(500, 300)))
        masks = maskmill.decode(text, (500, 300))
        assert {tuple(item["mask"]["size"]) for item in items(text)} == {(300, 500)}
        for row, shape in zip(masks, scene(4), strict=True):
            assert (row.dense() == shape.pixels((500, 300))).all()


def items(text: str) -> list[dict[str, Any]]:
    value = json.loads(text.removeprefix("```json").removesuffix("```"))
    found: list[dict[str, Any]] = value["boxes"] if isinstance(value, dict) else value
    return found


def test_only_what_is_asked_for() -> None:
    wanted = scene(5)[0].label
    with Emulator() as emulator:
        text = ask(emulator, MODEL, contents(5)[0], f"Segment the {wanted}s, with a mask each.")
        assert [item["label"] for item in items(text)] == [s.label for s in scene(5) if s.label == wanted]
        text = ask(emulator, MODEL, contents(5)[0], "Detect all objects: box_2d and label.")
        assert [set(item) for item in items(text)] == [{"box_2d", "label"}] * len(scene(5))


def test_an_image_of_no_scene_gets_shapes_of_its_own() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    parts = [types.Part.from_bytes(data=encode_picture(p, "png"), mime_type="image/png") for p in (photo, photo[::-1])]
    prompt = 'Segmentation masks of "red car" and "dog", the box in the key "box_2d".'
    with Emulator() as emulator:
        first, again, other = (ask(emulator, "gemini-3-flash-preview", p, prompt) for p in (parts[0], *parts))
    assert first == again != other
    assert {item["label"] for item in items(first)} == {"red car", "dog"}
    assert maskmill.decode(first, (120, 90)).status.tolist() == ["ok"] * len(items(first))


def test_a_picture_that_comes_sideways_is_not_known() -> None:
    """The stored pixels count: whoever sends the file as it lies on the disk has not turned it."""
    sideways = types.Part.from_bytes(data=encode_picture(draw_scene(5, SIZE), "jpg", 6), mime_type="image/jpeg")
    with Emulator() as emulator:
        labels = {item["label"] for item in items(ask(emulator, MODEL, sideways, PROMPT))}
    assert not labels & {shape.label for shape in scene(5)}


def test_models_have_their_ways() -> None:
    with Emulator() as emulator:
        placeholder = ask(emulator, MODEL, *contents(1), response_mime_type="application/json")
        assert {item["mask"] for item in items(placeholder)} == {"gimme_mask_for_this"}
        garbage = maskmill.decode(ask(emulator, MODEL, contents(1)[0], PROMPT + " Write base64."), SIZE)
        assert set(garbage.status.tolist()) == {"garbage"}
        assert "not able to produce segmentation" in ask(emulator, "gemini-3.1-pro-preview", *contents(1))
        assert "no image" in ask(emulator, MODEL, PROMPT)


@pytest.mark.parametrize("form", ["truncated", "mixed", "prose", "tokens", "null", "garbage_text"])
def test_other_forms(form: str) -> None:
    with Emulator(form=form) as emulator:
        masks = maskmill.decode(ask(emulator, MODEL, *contents(3)), SIZE)
    expected = {"truncated": "truncated", "prose": "no_json"}
    assert masks.reply_status == expected.get(form, masks.reply_status)
    assert len(masks) == (0 if form == "prose" else len(scene(3)))


def test_the_second_answer_is_in_another_form() -> None:
    with Emulator(forms=("tokens", "png")) as emulator:
        for seed in (1, 2):  # counted by content
            statuses = [maskmill.decode(ask(emulator, MODEL, *contents(seed)), SIZE).status.tolist() for _ in range(3)]
            count = len(scene(seed))
            assert statuses == [["tokens"] * count, ["ok"] * count, ["ok"] * count]


def test_a_low_output_limit_cuts_the_text() -> None:
    with Emulator() as emulator, sdk(emulator) as client:
        config = {"max_output_tokens": 20}
        response = client.models.generate_content(model=MODEL, contents=contents(1), config=config)
    assert response.candidates[0].finish_reason == "MAX_TOKENS"
    assert len(response.text) == 60
