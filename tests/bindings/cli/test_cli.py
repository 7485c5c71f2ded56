"""The command ``maskmill``, run as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numba import config
from PIL import Image
from pycocotools.coco import COCO

import maskmill
from maskmill import samples
from maskmill._frames import DIALECTS
from maskmill._printable import printable
from maskmill_bindings._cli.shared import options as shared_options
from maskmill_bindings._cli.shared.messages import name_options_in_advice
from support.command import COMMAND, Capture, run, run_here, run_process
from support.tiers import thorough

SIZE = (96, 64)
NO_MASK = [{"box_2d": [0, 0, 500, 500], "mask": "gimme_mask_for_this", "label": "cat"}]


# decode.


def test_decode_writes_every_file(tmp_path: Path, mixed: Path) -> None:
    image = tmp_path / "bild ü.png"
    pixels = np.random.default_rng(0).integers(0, 256, (*SIZE[::-1], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(image)
    done = run_process("decode", mixed, "--image", image, "-o", tmp_path / "out")
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
    assert "6 rows: 5 masks; the reply is ok." in done.stdout


@thorough
def test_a_filled_box_is_marked_wherever_it_is_shown(tmp_path: Path, mixed: Path) -> None:
    done = run("decode", mixed, "--size", "96x64", "-o", tmp_path / "out", "--fallback", "box")
    assert "  tokens, box filled  " in done.stdout.splitlines()[4]
    assert "6 rows: 5 masks, 1 filled box; the reply is ok." in done.stdout
    assert (tmp_path / "out" / "002_leaf.png").is_file()
    annotations = json.loads((tmp_path / "out" / "coco.json").read_bytes())["annotations"]
    assert [annotation.get("filled") for annotation in annotations] == [None, None, True, None, None, None]


def test_masks_of_an_earlier_run_are_reported_and_kept(tmp_path: Path, mixed: Path) -> None:
    assert run("decode", "-", "--size", "96x64", "-o", tmp_path, text=samples.reply("ring")).stderr == ""
    before = {file.name for file in tmp_path.iterdir()}
    (tmp_path / "0x_note.png").touch()
    done = run("decode", mixed, "--size", "96x64", "-o", tmp_path, "--json")
    assert json.loads(done.stdout)["rows"]
    names = "002_leaf.png, 003_fish.png"
    assert done.stderr == f"maskmill: warning: {tmp_path} holds 2 masks of an earlier run beside the new: {names}\n"
    assert before < {file.name for file in tmp_path.iterdir()}
    assert run("decode", mixed, "--size", "96x64", "-o", tmp_path / "reply2").stderr == ""


def test_decode_reads_the_standard_input_and_prints_json(tmp_path: Path) -> None:
    reply = json.dumps(NO_MASK)
    done = run_process("decode", "-", "--size", "96x64", "-o", tmp_path, "--json", "--fallback", "box", text=reply)
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
        ("[1,2]", 1),
        ('[{"foo":1}]', 1),
        ('{"error": {"code": 429, "message": "Quota"}}', 1),
    ],
    ids=["whole", "no_rows", "salvaged", "tokens", "truncated", "no_json", "empty", "numbers", "others", "error"],
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
    assert "or take the box (--fallback box)." in " ".join(done.stdout.split())
    assert "The reply is ok: well-formed." in done.stdout


def test_inspect_shows_what_was_mended_where_the_mask_failed_too(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "reply.txt"
    file.write_text(json.dumps([{**NO_MASK[0], "box_2d": [500, 500, 0, 0]}]))
    _, output, _ = run_here(capsys, "inspect", file)
    assert "got the placeholder 'gimme_mask_for_this'; the box's corners were reversed" in output


@pytest.mark.parametrize(("size", "unit"), [(["--size", "96x64"], "pixels"), ([], "thousandths")])
def test_inspect_says_the_order_and_the_unit_of_its_boxes(
    capsys: Capture, mixed: Path, tmp_path: Path, size: list[str], unit: str
) -> None:
    rings = tmp_path / "rings.txt"
    rings.write_text(samples.reply("ring"))
    assert f"x0 y0 x1 y1 ({unit})" in run_here(capsys, "inspect", rings, *size)[1]
    assert json.loads(run_here(capsys, "inspect", rings, *size, "--json")[1])["box_unit"] == unit
    assert json.loads(run_here(capsys, "inspect", mixed, "--json")[1])["box_unit"] == "pixels"  # an RLE gives its size


@pytest.mark.parametrize(("size", "scale"), [(["--size", "1000x500"], (1, 2)), ([], (1, 1))])
def test_inspect_shows_the_extent_of_each_mask_beside_its_box(
    capsys: Capture, tmp_path: Path, size: list[str], scale: tuple[int, int]
) -> None:
    """In the unit of the boxes: pixels, or thousandths where no size is known."""
    ring = [[200, 100], [600, 100], [600, 300], [200, 300]]
    file = tmp_path / "reply.txt"
    file.write_text(json.dumps([{"box_2d": [100, 200, 300, 600], "mask": ring, "label": "a"}, *NO_MASK]))
    extent = [200 // scale[0], 100 // scale[1], 600 // scale[0], 300 // scale[1]]
    rows = json.loads(run_here(capsys, "inspect", file, *size, "--json")[1])["rows"]
    assert (rows[0]["extent"], rows[0]["box"], rows[1]["extent"]) == (extent, extent, None)
    output = run_here(capsys, "inspect", file, *size)[1]
    assert "extent of the mask" in output
    assert output.count(" ".join(map(str, extent))) == 2
    file.write_text(json.dumps(NO_MASK))
    assert "extent" not in run_here(capsys, "inspect", file, *size)[1]


@pytest.mark.parametrize("command", ["inspect", "decode"])
@pytest.mark.parametrize(
    ("options", "extent"),
    [
        ([], [160, 60, 480, 180]),
        (["--frame", "pixels"], [200, 100, 600, 300]),
        (["--frame", "1600x1200"], [100, 50, 300, 150]),
        (["--dialect", "gpt"], [200, 100, 600, 300]),
        (["--dialect", "qwen3"], [160, 60, 480, 180]),
        (["--dialect", "gpt", "--frame", "thousandths"], [160, 60, 480, 180]),
        (["--axis", "yx", "--boxes", "xy"], [80, 120, 240, 360]),
    ],
)
def test_frames_and_orders_are_options(
    capsys: Capture, tmp_path: Path, command: str, options: list[str], extent: list[int]
) -> None:
    ring = [[200, 100], [600, 100], [600, 300], [200, 300]]
    file = tmp_path / "reply.txt"
    file.write_text(json.dumps([{"polygon": ring, "label": "a"}]))
    more = ["-o", tmp_path / "out"] if command == "decode" else []
    status, output, errors = run_here(capsys, command, file, "--size", "800x600", *options, *more, "--json")
    assert (status, errors) == (0, "")
    assert json.loads(output)["rows"][0]["extent"] == extent


def test_a_wrong_frame_is_refused(capsys: Capture, mixed: Path) -> None:
    status, _, errors = run_here(capsys, "inspect", mixed, "--frame", "inches")
    assert status == 2
    assert errors.endswith("'box', got 'inches' - at `--frame`\n")
    for options in (["--frame", "pixels"], ["--dialect", "claude"]):
        status, _, errors = run_here(capsys, "inspect", mixed, *options)
        assert (status, errors) == (
            2,
            f"maskmill: expected a size beside coordinates in pixels, got none - at `{options[0]}`\n",
        )
        assert run_here(capsys, "inspect", mixed, *options, "--size", "64x48")[0] == 0


def test_the_choices_are_the_engines() -> None:
    assert get_args(get_args(shared_options.Dialect)[0]) == tuple(DIALECTS)
    assert set(get_args(get_args(shared_options.Boxes)[0])) == {"auto", "yx", "xy"}


def test_the_model_of_a_listed_row_reaches_its_advice(capsys: Capture, tmp_path: Path) -> None:
    listed = {"key": "a", "reply": json.dumps(NO_MASK), "reasons": [], "width": 8, "height": 8, "model": "gpt-6-astra"}
    file = tmp_path / "x.unmasked.jsonl"
    file.write_text(json.dumps(listed) + "\n")
    [row] = json.loads(run_here(capsys, "inspect", file, "--json")[1])["rows"]
    assert "sk gpt-6-astra for polygons" in row["advice"]


@pytest.mark.parametrize("command", ["inspect", "decode"])
def test_advice_fits_the_box_of_each_row(capsys: Capture, tmp_path: Path, command: str) -> None:
    items = [{**NO_MASK[0], "box_2d": box} for box in ([0, 0, 500, 500], None, [0, 0, 900, 900], [7, 7, 7, 7])]
    file = tmp_path / "reply.txt"
    file.write_text(json.dumps(items))
    options = ["--size", "64x48", *(["-o", tmp_path / "out"] if command == "decode" else [])]
    rows = json.loads(run_here(capsys, command, file, *options, "--json")[1])["rows"]
    assert ["--fallback box" in row["advice"] for row in rows] == [True, False, True, False]
    assert all(row["advice"] == row["problems"][-1]["advice"] for row in rows)
    output = " ".join(run_here(capsys, command, file, *options)[1].split())
    assert "placeholder (rows 0, 2): Switch JSON mode" in output
    assert "placeholder (rows 1, 3): Switch JSON mode" in output
    assert output.count("--fallback box") == 1


def test_a_filled_box_is_not_offered_again(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "reply.txt"
    file.write_text(json.dumps([{**NO_MASK[0], "box_2d": [0, 0, 500, 500]}]))
    done = run_here(capsys, "decode", file, "--size", "64x48", "-o", tmp_path / "out", "--fallback", "box", "--json")
    [row] = json.loads(done[1])["rows"]
    assert (row["filled"], row["extent"], "--fallback box" in row["advice"]) == (True, None, False)


def test_inspect_gives_advice_about_the_reply_once(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "reply.txt"
    file.write_text("I cannot segment images.")
    output = " ".join(run_here(capsys, "inspect", file)[1].split())
    assert output.count("Read what the model says") == 1
    assert "--fallback" not in output
    result = json.loads(run_here(capsys, "inspect", file, "--json")[1])
    assert "`maskmill models`" in result["problems"][0]["advice"]


def test_advice_speaks_of_options_at_the_command_line() -> None:
    for status in [*maskmill.Status, *maskmill.ReplyStatus]:
        assert "='" not in name_options_in_advice(status.advice)
        assert ("--fallback box" in name_options_in_advice(status.advice)) == ("fallback='box'" in status.advice)
    assert name_options_in_advice("see frame= and dialect=") == "see --frame and --dialect"
    assert name_options_in_advice("a label x=5, frame=x") == "a label x=5, frame=x"
    python = "frame='pixels', boxes='xy', dialect='qwen2.5' or axis='yx' (maskmill.Limits)"
    typed = "--frame pixels, --boxes xy, --dialect qwen2.5 or --axis yx (from Python: maskmill.Limits)"
    assert name_options_in_advice(python) == typed


def test_inspect_prints_json(mixed: Path) -> None:
    result = json.loads(run("inspect", mixed, "--size", "96x64", "--json").stdout)
    assert [row["row"] for row in result["rows"]] == list(range(6))
    row = result["rows"][2]
    assert (row["label"], row["form"], row["status"]) == ("leaf", "tokens", "tokens")
    assert row["box_2d"] == list(samples.SHAPES[2].box)
    assert row["box"] == maskmill.decode(samples.mixed(), (96, 64)).boxes[2].tolist()
    advice = maskmill.decode(samples.mixed(), (96, 64))[2].problems[0].advice
    assert (row["reason"], row["advice"]) == (maskmill.Status.TOKENS.sentence, name_options_in_advice(advice))
    assert [(problem["code"], problem["advice"]) for problem in row["problems"]] == [("tokens", row["advice"])]
    assert row["extent"] is None
    assert result["rows"][1]["extent"] == maskmill.decode(samples.mixed(), (96, 64)).extents[1].tolist()
    assert (result["rows"][1]["advice"], result["rows"][3]["advice"]) == ("", "")
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
    done = run_process("demo", "-o", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    table = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    for name in [sample.name for sample in samples.samples()]:
        assert (tmp_path / "out" / f"{name}.txt").is_file()
        if name in samples.FORMS and samples.FORMS[name].is_exact:
            assert table[name][-2:] == ["ok", "1.0000"]
    assert table["tokens"] == ["tokens", "6", "6", "tokens"]
    picture = tmp_path / "out" / "overlay.png"
    assert done.stdout.rstrip().endswith(str(picture))
    assert np.asarray(Image.open(picture)).shape == samples.picture().shape
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out" / "image.png")), samples.picture())


@thorough
def test_warmup_ends_well() -> None:
    done = run_process("warmup")
    assert (done.returncode, done.stderr) == (0, "")


@thorough
@pytest.mark.skipif(config.DISABLE_JIT, reason="nothing is compiled with the JIT off")
def test_the_first_run_says_that_it_compiles_and_the_second_does_not(tmp_path: Path, mixed: Path) -> None:
    words = [*COMMAND, "inspect", str(mixed)]
    cold = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    runs = [subprocess.run(words, capture_output=True, encoding="utf-8", env=cold, check=True) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout
    assert [done.stderr.count("\n") for done in runs] == [1, 0]
    assert runs[0].stderr.startswith("maskmill: compiling the kernels once")


def test_the_version_is_the_packages() -> None:
    assert run("--version").stdout.strip() == maskmill.__version__


@pytest.mark.parametrize("package", ["maskmill", "maskmill_bindings"])
def test_the_packages_run_as_modules(package: str) -> None:
    done = subprocess.run([sys.executable, "-m", package, "--version"], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == (maskmill.__version__, "")
    done = subprocess.run([sys.executable, "-m", package, "inspect"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("maskmill: expected REPLY")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from maskmill_bindings._cli import run; "
        "run(['decode', '--help']); sys.exit('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Files of these names are replaced" in " ".join(done.stdout.split())


@thorough
def test_the_list_of_a_conversion_is_inspected_row_by_row(tmp_path: Path, mixed: Path) -> None:
    rows = [{"key": "six", "reply": mixed.read_text()}, {"key": "none"}, {"key": "prose", "reply": "no masks here"}]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert run("convert", str(file), "--size", "960x640", "-o", str(tmp_path / "x.parquet")).returncode == 0
    listing = str(tmp_path / "x.parquet.unmasked.jsonl")
    shown = run("inspect", listing)
    assert shown.returncode == 0
    for text in ("six (x.parquet.unmasked.jsonl, line 1)", "tokens (row 2)", "Not decoded", "The reply is no_json"):
        assert text in shown.stdout
    lines = [json.loads(line) for line in run("inspect", listing, "--json").stdout.splitlines()]
    assert [line["key"] for line in lines] == ["six", "none", "prose"]
    assert len(lines[0]["rows"]) == 6
    assert run("inspect", listing, "--strict").returncode == 1


def test_the_width_of_tables(mixed: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")  # counts for terminals alone
    _, usual, _ = run_here(capsys, "inspect", mixed, "--size", "960x640")
    monkeypatch.setenv("MASKMILL_WIDTH", "70")
    _, narrow, _ = run_here(capsys, "inspect", mixed, "--size", "960x640")
    assert [max(map(len, text.splitlines())) > 100 for text in (usual, narrow)] == [True, False]
    assert max(map(len, narrow.splitlines())) <= 70


@pytest.mark.parametrize("written", ["wide", "39", "-80", "8.5", "10000"])
def test_a_width_that_cannot_be(written: str, mixed: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKMILL_WIDTH", written)
    status, _, errors = run_here(capsys, "inspect", mixed)
    assert (status, errors) == (
        2,
        f"maskmill: expected a number of characters from 40 to 9999, got {written!r} - at `MASKMILL_WIDTH`\n",
    )
