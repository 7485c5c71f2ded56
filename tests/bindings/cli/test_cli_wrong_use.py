"""What the command says to arguments, files and surroundings that it cannot use."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

import maskmill
from maskmill._images.pixels import read_rgb
from maskmill.samples._replies import encode_png
from maskmill_bindings import _cli
from maskmill_bindings._cli.shared.arguments import parse_size
from support.command import COMMAND, Capture, run_here, run_process


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["decode", "missing.txt", "--size", "9x9"], "No such file or directory' - at `REPLY`"),
        (["decode", ".", "--size", "9x9"], "- at `REPLY`"),
        (
            ["decode", "REPLY", "--size", "9by9"],
            "expected WIDTHxHEIGHT in pixels, such as 1920x1080, got '9by9' - at `--size`",
        ),
        (["decode", "REPLY", "--size", "0x9"], "expected (width, height) in 1..65535, got (0, 9) - at `--size`"),
        (["inspect", "REPLY", "--size", "70000x9"], "got (70000, 9) - at `--size`"),
        (["decode", "REPLY"], "expected one of --image and --size, got neither - at `--image`"),
        (["decode", "REPLY", "--size", "9x9", "--image", "a.png"], "got both - at `--image`"),
        (["decode", "REPLY", "--image", "missing.png"], "No such file or directory' - at `--image`"),
        (["decode", "REPLY", "--image", "REPLY"], "expected an image that OpenCV reads"),
        (["decode", "REPLY", "--size", "9x9", "--output", "REPLY"], "- at `--output`"),
        (
            ["decode", "REPLY", "--size", "9x9", "--threshold", "256"],
            "expected an integer in 0..255, got 256 - at `--threshold`",
        ),
        (["decode", "REPLY", "--size", "9x9", "--output", ""], "got an empty one - at `--output`"),
        (["decode", "REPLY", "--size", "9x9", "--output="], "got an empty one - at `--output`"),
        (["decode", "REPLY", "--image", ""], "got an empty one - at `--image`"),
        (["decode", "", "--size", "9x9"], "got an empty one - at `REPLY`"),
        (["decode", "--size", "9x9"], "expected REPLY, which is required, got none - at `REPLY`"),
        (["inspect", "missing.txt"], "- at `REPLY`"),
        (["inspect", "REPLY", "--size", "9"], "- at `--size`"),
    ],
)
def test_wrong_use_is_reported_in_one_line(
    tmp_path: Path, mixed: Path, capsys: Capture, arguments: list[str], message: str
) -> None:
    words = [str(mixed) if word == "REPLY" else word for word in arguments]
    if words[0] == "decode" and not any(word.startswith("--output") for word in words):
        words += ["-o", str(tmp_path / "out")]
    status, output, errors = run_here(capsys, *words)
    assert (status, output) == (2, "")
    [line] = errors.splitlines()
    assert line.startswith("maskmill: expected ")
    assert message in line


@pytest.mark.parametrize(
    "arguments",
    [
        ["decode", "a", "--size", "9x9", "-o", "b", "--wrong"],
        ["decode", "a", "--size", "9x9", "-o"],
        ["decode", "a", "b", "--size", "9x9", "-o", "c"],
        ["wrong"],
        ["decode", "a", "-o", "b", "--axis", "z"],
    ],
)
def test_what_the_command_line_does_not_know_exits_with_2(capsys: Capture, arguments: list[str]) -> None:
    status, output, errors = run_here(capsys, *arguments)
    assert (status, output) == (2, "")
    assert errors.startswith("maskmill: ")


def test_a_missing_option_is_named(capsys: Capture, mixed: Path) -> None:
    message = "maskmill: expected --output, which is required, got none - at `--output`\n"
    assert run_here(capsys, "decode", mixed, "--size", "9x9") == (2, "", message)


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"\x89PNG\r\n\x1a\n", "a PNG image"), (b"\xff\xd8\xff\xe1", "a JPEG image"), (b"PK\x03\x04", "a zip")],
)
def test_a_file_that_is_no_reply_is_reported_by_its_type(
    tmp_path: Path, capsys: Capture, start: bytes, kind: str
) -> None:
    file = tmp_path / "image.png"
    file.write_bytes(start + bytes(100))
    for words in (["inspect", file], ["decode", file, "--size", "9x9", "-o", tmp_path / "out"]):
        status, output, errors = run_here(capsys, *words)
        assert (status, output) == (2, "")
        assert errors.startswith(f"maskmill: expected a reply, which is text, got {kind}")
        assert errors.endswith(" - at `REPLY`\n")


def test_an_image_past_the_limit_is_reported_at_its_option(tmp_path: Path, mixed: Path, capsys: Capture) -> None:
    Image.new("L", (65_536, 1)).save(tmp_path / "wide.png")
    status, _, errors = run_here(capsys, "inspect", mixed, "--image", tmp_path / "wide.png")
    assert (status, errors.endswith("got (65536, 1) - at `--image`\n")) == (2, True)


def test_the_demo_refuses_a_file_for_its_folder_before_it_decodes(
    mixed: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maskmill, "decode", None)
    status, output, errors = run_here(capsys, "demo", "-o", mixed)
    assert (status, output) == (2, "")
    assert errors.endswith(" - at `--output`\n")


def test_wrong_use_reaches_the_shell(tmp_path: Path) -> None:
    done = run_process("decode", tmp_path / "missing.txt", "--size", "9x9", "-o", tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert run_process("decode", "a", "--wrong").returncode == 2


def test_an_empty_image_file_is_reported(tmp_path: Path, mixed: Path) -> None:
    (tmp_path / "empty.png").touch()
    assert "expected an image" in run_process("inspect", mixed, "--image", tmp_path / "empty.png").stderr


def test_an_image_too_large_for_opencv_is_reported(tmp_path: Path, mixed: Path, capsys: Capture) -> None:
    data = bytearray(encode_png(np.ones((1, 1), bool)))
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    (tmp_path / "large.png").write_bytes(data)
    status, _, errors = run_here(capsys, "inspect", mixed, "--image", tmp_path / "large.png")
    assert (status, "expected an image that OpenCV reads" in errors) == (2, True)


def test_a_reader_that_leaves_is_no_error(mixed: Path) -> None:
    process = subprocess.Popen([*COMMAND, "inspect", str(mixed)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_reported(mixed: Path) -> None:
    with Path("/dev/full").open("w") as full:
        words = [*COMMAND, "inspect", str(mixed)]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert done.stderr == "maskmill: expected an output that can be written, got No space left on device\n"


def test_an_interrupt_ends_it_with_130(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def interrupted() -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=SimpleNamespace(read=interrupted)))
    monkeypatch.setattr(sys, "argv", ["maskmill", "inspect", "-"])
    with pytest.raises(SystemExit) as end:
        _cli.main()
    assert (end.value.code, *capsys.readouterr()) == (130, "", "")


# Inputs.


@pytest.mark.parametrize("text", ["1920x1080", "1920X1080", " 1920×1080 "])
def test_sizes_are_read(text: str) -> None:
    assert parse_size(text) == (1920, 1080)


@pytest.mark.parametrize("text", ["", "x", "1x", "-1x5", "1.5x2", "1x2x3", "9999999x1", "١x٢"])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(maskmill.errors.ArgumentError, match="--size"):
        parse_size(text)


def test_images_are_turned_as_exif_says(tmp_path: Path) -> None:
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, :30] = (255, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    image = read_rgb(tmp_path / "turned.jpg", "--image")
    assert image.shape == (60, 40, 3)
    assert (np.abs(image[10, 20].astype(int) - (255, 0, 0)) < 10).all()
    assert (image[50, 20] < 10).all()


def test_images_of_every_kind_become_8_bit_rgb(tmp_path: Path) -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    rgb = np.dstack((grey, grey.T, 255 - grey))
    kinds = {
        "grey": (grey, np.dstack([grey] * 3)),
        "16 bit": (grey.astype(np.uint16) * 257, np.dstack([grey] * 3)),
        "alpha": (np.dstack((rgb[..., ::-1], grey)), rgb),
    }
    for name, (written, expected) in kinds.items():
        assert cv2.imwrite(str(tmp_path / f"{name}.png"), written)
        np.testing.assert_array_equal(read_rgb(tmp_path / f"{name}.png", "--image"), expected)
