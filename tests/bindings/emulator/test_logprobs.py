"""What the emulator writes as tokens and hands on as PNGs, as the SDK shows it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import maskmill
from maskmill_bindings.emulator import Emulator, Faults, scene
from maskmill_bindings.emulator._answers.tokenizer import map_of_tokens, tokens_of_shape
from support.genai.emulator_clients import MODEL, contents, genai, sdk
from support.tiers import thorough

SIZE = (320, 240)
RUN = re.compile(r"<start_of_mask>((?:<seg_\d+>)*)")


def asked(emulator: Emulator, seed: int, model: str = MODEL, **config: Any) -> Any:
    """The candidate that the SDK gives."""
    with sdk(emulator) as client:
        response = client.models.generate_content(model=model, contents=contents(seed), config=config)
    return response.candidates[0]


def with_logprobs(emulator: Emulator, seed: int, model: str = MODEL, top: int = 1) -> Any:
    return asked(emulator, seed, model, response_logprobs=True, logprobs=top)


def runs_of(candidate: Any) -> list[tuple[int, ...]]:
    """Runs of mask tokens in the tokens that were chosen."""
    text = "".join(step.token for step in candidate.logprobs_result.chosen_candidates)
    return [tuple(map(int, re.findall(r"\d+", run))) for run in RUN.findall(text)]


def text_of(candidate: Any) -> str:
    return "".join(part.text for part in candidate.content.parts)


def maps_of(text: str) -> list[Any]:
    """The maps in a text: items decoded on an image as large as a map, each in a box that is all of it."""
    items = maskmill.decode(text, SIZE).items
    return [maskmill.decode([{**item, "box_2d": [0, 0, 1000, 1000]}], (256, 256)).dense()[0] for item in items]


@pytest.mark.parametrize("seed", [0, 3])
def test_tokens_in_the_log_probabilities_and_their_pngs_in_the_text(seed: int) -> None:
    with Emulator(seed=seed) as emulator:
        for number in range(4):
            candidate = with_logprobs(emulator, number)
            runs = runs_of(candidate)
            assert runs == [tokens_of_shape(shape, seed) for shape in scene(number)]
            assert "<seg_" not in text_of(candidate)
            for pixels, run in zip(maps_of(text_of(candidate)), runs, strict=True):
                assert (pixels == map_of_tokens(run, seed)).all()


def test_the_sdk_reads_every_field() -> None:
    with Emulator() as emulator:
        result = with_logprobs(emulator, 1, top=3).logprobs_result
    assert len(result.chosen_candidates) == len(result.top_candidates)
    for chosen, top in zip(result.chosen_candidates, result.top_candidates, strict=True):
        assert top.candidates[0] == chosen
        assert chosen.log_probability <= 0
        assert isinstance(chosen.token_id, int)
        values = [one.log_probability for one in top.candidates]
        assert values == sorted(values, reverse=True)
        assert len({one.token for one in top.candidates}) == 3
    total = sum(step.log_probability for step in result.chosen_candidates)
    assert result.log_probability_sum == pytest.approx(total)


def test_none_where_none_are_asked_for() -> None:
    with Emulator(faults=Faults({"leaked": 1.0}, times=None)) as emulator:
        candidate = asked(emulator, 1)
        assert [entry.fault for entry in emulator.journal.asked()] == [""]
    assert candidate.logprobs_result is None
    for pixels, shape in zip(maps_of(text_of(candidate)), scene(1), strict=True):
        assert (pixels == shape.pixels((256, 256), shape.box)).all()  # not as coarse as tokens


@pytest.mark.parametrize(
    ("model", "config", "message"),
    [
        ("gemini-3.6-flash", {"response_logprobs": True}, "Logprobs is not enabled for models/gemini-3.6-flash"),
        ("gemini-2.5-pro", {"response_logprobs": True}, "Logprobs is not enabled for models/gemini-2.5-pro"),
        (MODEL, {"logprobs": 1}, "response_logprobs"),
        (MODEL, {"response_logprobs": True, "logprobs": 21}, "range"),
    ],
)
def test_what_is_refused(model: str, config: dict[str, Any], message: str) -> None:
    with Emulator() as emulator, pytest.raises(genai.errors.ClientError, match=message) as caught:
        asked(emulator, 1, model, **config)
    assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")


def under(fault: str) -> Any:
    with Emulator(faults=Faults({fault: 1.0})) as emulator:
        return with_logprobs(emulator, 1)


def test_faults() -> None:
    with pytest.raises(genai.errors.ClientError, match="Logprobs is not enabled"):
        under("logprobs_refused")
    shapes = scene(1)
    truth = [tokens_of_shape(shape, 0) for shape in shapes]
    assert under("logprobs_none").logprobs_result is None
    assert runs_of(under("logprobs_bare")) == []
    assert runs_of(under("run_extra")) == [truth[0], *truth]
    short = under("run_short")
    assert runs_of(short) == [*truth[:-1], truth[-1][:15]]
    assert RUN.findall(text_of(short)) == ["".join(f"<seg_{n}>" for n in truth[-1][:15])]
    leaked = under("leaked")
    assert runs_of(leaked) == truth
    assert len(RUN.findall(text_of(leaked))) == len(shapes)


def test_a_world_without_pngs() -> None:
    with Emulator(form="leaks") as emulator:
        assert len(RUN.findall(text_of(asked(emulator, 2)))) == len(scene(2))
        assert len(RUN.findall(text_of(with_logprobs(emulator, 2)))) == len(scene(2))
        masks = maskmill.decode(text_of(asked(emulator, 2, "gemini-3.6-flash")), SIZE)
    assert masks.forms.tolist() == ["ring"] * len(scene(2))


@thorough
def test_maps_of_tokens_can_be_learned() -> None:
    """The mean patch of each token, which knows nothing of neighbours, comes near to maps it has not seen."""
    shapes = [shape for number in range(130) for shape in scene(number)]
    runs = np.array([tokens_of_shape(shape, 5) for shape in shapes])
    maps = np.stack([map_of_tokens(tuple(run.tolist()), 5)[::4, ::4] for run in runs])
    cells = maps.reshape(-1, 4, 16, 4, 16).transpose(0, 1, 3, 2, 4).reshape(len(maps), 16, 16, 16)
    seen, unseen = slice(0, 400), slice(400, None)
    is_token = runs[seen].reshape(-1, 1) == np.arange(128)
    sums = (is_token.T.astype(float) @ cells[seen].reshape(-1, 256)).reshape(128, 16, 16)
    guess = (sums > is_token.sum(0)[:, None, None] / 2)[runs[unseen]]
    both, either = (guess & cells[unseen]).sum((1, 2, 3)), (guess | cells[unseen]).sum((1, 2, 3))
    median = np.median(both / np.maximum(either, 1))
    filled = np.median(cells[unseen].mean((1, 2, 3)))
    assert filled < 0.8 < 0.9 < median < 1
