"""The command that plays the API."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from maskmill_bindings.emulator import NAMES, seed_in
from maskmill_bindings.emulator._scenes.scene_files import decode_grey
from support.command import COMMAND, Capture, run_here, take_interrupts


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_serves_until_it_is_interrupted(sent: signal.Signals, status: int, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    words = [*COMMAND, "emulator", "--port", "0", "--form", "null", "--rpm", "1", "--journal", str(journal)]
    with (
        subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=take_interrupts
        ) as process,
        ExitStack() as stack,
    ):
        stack.callback(process.kill)  # where an assertion fails: the end of a process is waited for without a limit
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        url = lines[1].strip().removeprefix("export GOOGLE_GEMINI_BASE_URL=")
        assert url in lines[0]
        data = json.dumps({"contents": [{"parts": [{"text": "segment"}]}]}).encode()
        asked = Request(f"{url}/v1/models/gemini-2.5-flash:generateContent", data, {"x-goog-api-key": "any"})
        with urlopen(asked, timeout=30) as response:
            assert json.load(response)["candidates"]
        process.send_signal(sent)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (status, "")
    assert json.loads(journal.read_text())["answered"]


def test_it_draws(tmp_path: Path, capsys: Capture) -> None:
    status, output, _ = run_here(capsys, "emulator", "--draw", 2, "--images", tmp_path / "new", "--seed", 30)
    assert status == 0
    assert "2 images" in output
    paths = sorted((tmp_path / "new").iterdir())
    assert [path.name for path in paths] == ["scene_30.jpg", "scene_31.jpg"]
    pixels = decode_grey(paths[1].read_bytes())
    assert pixels is not None
    assert seed_in(pixels) == 31


def test_it_lists_its_faults(capsys: Capture) -> None:
    _, output, _ = run_here(capsys, "emulator", "--list-faults")
    assert all(name in output for name in NAMES)
    run_here(capsys, "emulator", "--help")
    from maskmill_bindings._cli.emulator import emulator_command

    assert emulator_command.__doc__ is not None
    listed = " ".join(emulator_command.__doc__.split()).partition("Faults: ")[2].partition(".")[0]
    assert listed.split(", ") == list(NAMES)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--fault", "no=1"], "expected NAME=SHARE, the name one of those in --help, got 'no=1' - at `--fault`"),
        (["--fault", "reset=often"], "got 'reset=often' - at `--fault`"),
        (["--fault", "reset=2"], "expected shares in 0..1, got reset=2 - at `--fault`"),
        (["--fault", "reset=0.6", "--fault", "dropped=0.6"], "at most 1 in all, got 1.2 - at `--fault`"),
        (["--form", "no"], "got 'no' - at `--form`"),
        (["--rpm", "0"], "expected at least 1, got 0 - at `--rpm`"),
        (["--rpd", "0"], "expected at least 1, got 0 - at `--rpd`"),
        (["--port", "70000"], "expected a port in 0..65535, got 70000 - at `--port`"),
        (["--host", "256.0.0.1"], "expected an address to listen on"),
        (["--latency", "nan"], "got nan - at `--latency`"),
        (["--batch-delay", "-1"], "got -1.0 - at `--batch-delay`"),
        (["--times", "-1"], "expected at least 1, or 0 for ever, got -1 - at `--times`"),
        (["--draw", "0"], "expected at least 1, got 0 - at `--draw`"),
        (["--draw", "1", "--seed", "-1"], "got -1 - at `--seed`"),
        (["--journal", "missing/journal"], "No such file or directory - at `--journal`"),
    ],
)
def test_wrong_use(words: list[str], message: str, capsys: Capture) -> None:
    status, output, errors = run_here(capsys, "emulator", *words)
    assert (status, output) == (2, "")
    assert message in errors
    assert errors.count("\n") == 1
