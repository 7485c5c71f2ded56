"""The command ``maskmill``, run as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

import maskmill
from command import Capture, run, run_here
from maskmill import samples
from maskmill_bindings.cli.tables import printable

SIZE = (96, 64)
NO_MASK = [{"box_2d": [0, 0, 500, 500], "mask": "gimme_mask_for_this", "label": "cat"}]


# decode.


def test_decode_writes_every_file(tmp_path: Path, mixed: Path) -> None:
    image = tmp_path / "bild ü.png"
    pixels = np.random.default_rng(0).integers(0, 256, (*SIZE[::-1], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(image)
    done = run("decode", mixed, "--image", image, "-o", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    masks = maskmill.decode(samples.mixed(), SIZE)
    names = {"coco.json", "instances.png", "masks.json", "overlay.png"}
    names |= {f"{i:03}_{row.label}.png" for i, row in enumerate(masks) if row.area}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    overlay = np.asarray(Image.open(tmp_path / "out" / "overlay.png"))
    np.testing.assert_array_equal(overlay, masks.overlay(pixels))
    kept = maskmill.Masks.from_dict(json.loads((tmp_path / "out" / "masks.json").read_bytes()))
    np.testing.assert_array_equal(kept.dense(), masks.dense())
    dataset = COCO(str(tmp_path / "out" / "coco.json"))
    assert dataset.imgs[1]["file_name"] == "bild ü.png"
    assert len(dataset.anns) == (masks.areas > 0).sum()


def test_decode_prints_a_table(tmp_path: Path, mixed: Path) -> None:
    done = run("decode", mixed, "--size", "96x64", "-o", tmp_path / "out")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["row", "label", "form", "status", "area", "file"]
    assert lines[4].split() == ["2", "leaf", "tokens", "tokens", "0"]
    assert "5 of 6 rows have pixels" in done.stdout


def test_decode_reads_the_standard_input_and_prints_json(tmp_path: Path) -> None:
    reply = json.dumps(NO_MASK)
    done = run("decode", "-", "--size", "96x64", "-o", tmp_path, "--json", "--fallback", "box", text=reply)
    result = json.loads(done.stdout)
    assert done.returncode == 0
    assert all(Path(file).is_file() for file in result["files"])
    [row] = result["rows"]
    assert (row["status"], row["filled"], row["area"], row["file"]) == ("placeholder", True, 48 * 32, "000_cat.png")
    assert (result["reply_status"], result["size"]) == ("ok", [96, 64])


def test_decode_takes_a_whole_response(tmp_path: Path) -> None:
    response = {"candidates": [{"content": {"parts": [{"text": samples.mixed()}]}, "finishReason": "STOP"}]}
    done = run("decode", "-", "--size", "96x64", "-o", tmp_path, "--json", text=json.dumps(response))
    assert len(json.loads(done.stdout)["rows"]) == len(samples.SHAPES)


def test_options_reach_the_decoder(tmp_path: Path) -> None:
    reply = json.dumps([{"mask": [[0, 0], [900, 0], [900, 100], [0, 100]], "label": "bar"}])
    areas = []
    for axis in ("xy", "yx"):
        run("decode", "-", "--size", "100x10", "-o", tmp_path / axis, "--axis", axis, text=reply)
        areas.append(np.asarray(Image.open(tmp_path / axis / "000_bar.png")).any(axis=0).sum())
    assert areas == [90, 10]


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (samples.reply("ring"), 0),
        ("[]", 0),
        (samples.reply("ring")[:-4].replace("}, {", "} {"), 0),
        (samples.mixed(), 1),
        (samples.reply("ring")[:-60], 1),
        ("I cannot do that.", 1),
        ("", 1),
    ],
    ids=["whole", "no_rows", "salvaged", "tokens", "truncated", "no_json", "empty"],
)
def test_strict_tells_by_its_exit_status(tmp_path: Path, capsys: Capture, reply: str, status: int) -> None:
    file = tmp_path / "reply.txt"
    file.write_text(reply)
    assert run_here(capsys, "inspect", file, "--strict")[::2] == (status, "")
    assert run_here(capsys, "inspect", file)[::2] == (0, "")


def test_strict_decode_writes_all_the_same(tmp_path: Path, mixed: Path) -> None:
    assert run("decode", mixed, "--size", "96x64", "-o", tmp_path / "out", "--strict").returncode == 1
    assert (tmp_path / "out" / "overlay.png").is_file()


# inspect.


def test_inspect_tells_reason_and_remedy(mixed: Path) -> None:
    done = run("inspect", mixed, "--size", "96x64")
    assert (done.returncode, done.stderr) == (0, "")
    assert "16 mask tokens, and no codebook that knows them" in done.stdout
    assert "tokens (row 2): Gemini's codebook is not public" in done.stdout
    assert "The reply is ok: well-formed." in done.stdout


def test_inspect_prints_json(mixed: Path) -> None:
    result = json.loads(run("inspect", mixed, "--size", "96x64", "--json").stdout)
    assert [row["row"] for row in result["rows"]] == list(range(6))
    row = result["rows"][2]
    assert (row["label"], row["form"], row["status"]) == ("leaf", "tokens", "tokens")
    assert row["box_2d"] == list(samples.SHAPES[2].box)
    assert row["box"] == maskmill.decode(samples.mixed(), (96, 64)).boxes[2].tolist()
    assert (row["reason"], row["advice"]) == (maskmill.Status.TOKENS.sentence, maskmill.Status.TOKENS.advice)
    assert [problem["code"] for problem in row["problems"]] == ["tokens"]
    assert (result["reply_status"], result["problems"]) == ("ok", [])


def test_inspect_without_a_size_shows_thousandths_and_takes_an_rles_own_size() -> None:
    rings = json.loads(run("inspect", "-", "--json", text=samples.reply("ring")).stdout)
    y0, x0, y1, x1 = samples.SHAPES[0].box
    assert rings["rows"][0]["box"] == [x0, y0, x1, y1]
    rles = json.loads(run("inspect", "-", "--json", text=samples.reply("rle")).stdout)
    assert rles["size"] == list(samples.SIZE)
    assert {row["status"] for row in rles["rows"]} == {"ok"}


@pytest.mark.parametrize("size", ["[0, 5]", "[1e99, 5]", '["a", 5]', "[1]", "[]", "null", "[99999999, 99999999]"])
def test_inspect_survives_any_size_of_an_rle(tmp_path: Path, capsys: Capture, size: str) -> None:
    file = tmp_path / "reply.txt"
    file.write_text(f'[{{"mask": {{"size": {size}, "counts": "0"}}, "label": "a"}}]')
    status, output, _ = run_here(capsys, "inspect", file, "--json")
    assert (status, len(json.loads(output)["rows"])) == (0, 1)


def test_json_has_no_nan() -> None:
    reply = '[{"box_2d": [NaN, 1, 2, Infinity], "score": NaN, "label": "\\ud83d", "mask": NaN}]'
    done = run("inspect", "-", "--json", text=reply)

    def refuse(name: str) -> Any:
        raise AssertionError(name)

    [row] = json.loads(done.stdout, parse_constant=refuse)["rows"]
    assert (row["box"], row["score"]) == (None, None)


def test_a_label_cannot_steer_the_terminal() -> None:
    label = "\x1b[31mred\x07 [bold]\u202e:cat:"
    done = run("inspect", "-", text=json.dumps([{"label": label, "box_2d": [1, 2, 3, 4]}]))
    assert done.stdout.isprintable() is False
    assert all(line.isprintable() for line in done.stdout.splitlines())
    assert "�[31mred� [bold]�:cat:" in done.stdout
    assert printable("a\nb\tc") == "a\nb�c"


# demo, warmup, version, help.


def test_demo_shows_every_form_and_draws_the_picture(tmp_path: Path) -> None:
    done = run("demo", "-o", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    table = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    for name in [sample.name for sample in samples.samples()]:
        assert (tmp_path / "out" / f"{name}.txt").is_file()
        if name in samples.FORMS and samples.FORMS[name].exact:
            assert table[name][-2:] == ["ok", "1.0000"]
    assert table["tokens"] == ["tokens", "6", "6", "tokens"]
    picture = tmp_path / "out" / "overlay.png"
    assert done.stdout.rstrip().endswith(str(picture))
    assert np.asarray(Image.open(picture)).shape == samples.picture().shape
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out" / "image.png")), samples.picture())


def test_warmup_ends_well() -> None:
    done = run("warmup")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_version_is_the_packages() -> None:
    assert run("--version").stdout.strip() == maskmill.__version__


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from maskmill_bindings.cli import run; run(['decode', '--help']); sys.exit('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Files of these names are replaced" in " ".join(done.stdout.split())
