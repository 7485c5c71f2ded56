"""Interrupted at any moment and resumed: the bytes are those of an uninterrupted run."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from numba import config

from maskmill.errors import ArgumentError
from maskmill.samples import mixed
from maskmill_bindings.convert import ConvertOptions, convert
from maskmill_bindings.convert._shards import shards
from support.command import take_interrupts
from support.tiers import spread, thorough

RING = '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]'
ROWS = 1300
OPTIONS = ConvertOptions(size=(960, 640), shard_rows=256)


def write_replies(folder: Path) -> Path:
    file = folder / "replies.jsonl"
    rows = [{"key": str(i), "reply": mixed() if i % 100 == 7 else RING} for i in range(ROWS)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


@pytest.fixture
def replies(tmp_path: Path) -> Path:
    return write_replies(tmp_path)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outputs of uninterrupted runs."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    for output in ("x.parquet", "out"):
        convert([write_replies(folder)], folder / output, OPTIONS)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the content of each file of a folder, or of one file."""
    if folder.is_file():
        return {folder.name: folder.read_bytes()}
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


class SimulatedKill(BaseException):
    """Stands for the end of the process."""


def fail_after(monkeypatch: pytest.MonkeyPatch, steps: int, error: BaseException) -> None:
    """Raise `error` at the rename after the first `steps` ones."""
    count, rename = 0, Path.replace

    def replace(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count > steps:
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)


@pytest.mark.parametrize("output", ["x.parquet", "out"])
@pytest.mark.parametrize("steps", (3, 14) if config.DISABLE_JIT else spread(range(26), 2))
def test_interrupted_after_any_rename(
    tmp_path: Path, replies: Path, uninterrupted: Path, monkeypatch: pytest.MonkeyPatch, steps: int, output: str
) -> None:
    again = tmp_path / "again"
    with monkeypatch.context() as patch:
        fail_after(patch, steps, SimulatedKill())
        with suppress(SimulatedKill):
            convert([replies], again / output, OPTIONS)
    convert([replies], again / output, OPTIONS)
    assert files_of(again / output) == files_of(uninterrupted / output)


def test_a_resumed_run_repeats_only_unfinished_shards(
    tmp_path: Path, replies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fail_after(patch, 1 + 3 * 4, SimulatedKill())
        with pytest.raises(SimulatedKill):
            convert([replies], tmp_path / "x.parquet", OPTIONS)
    summary = convert([replies], tmp_path / "x.parquet", OPTIONS)
    assert summary.resumed == 3 * 256
    assert summary.tally.rows == ROWS


def test_a_full_disk_keeps_finished_shards(tmp_path: Path, replies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        fail_after(patch, 6, OSError(errno.ENOSPC, "No space left on device"))
        with pytest.raises(OSError, match="No space left"):
            convert([replies], tmp_path / "x.parquet", OPTIONS)
    assert not list(tmp_path.rglob("*.rows.tmp"))
    assert convert([replies], tmp_path / "x.parquet", OPTIONS).resumed == 256


@pytest.mark.parametrize("kind", spread(["rows", "images", "unmasked", "manifest"], 2))
def test_a_damaged_shard_is_written_again(
    tmp_path: Path, replies: Path, uninterrupted: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    with monkeypatch.context() as patch:
        fail_after(patch, 1 + 3 * 4, SimulatedKill())
        with pytest.raises(SimulatedKill):
            convert([replies], tmp_path / "x.parquet", OPTIONS)
    file = shards.Shards(tmp_path / "x.parquet.parts").path(kind, 1)
    file.write_bytes(file.read_bytes()[:-1] + b"?") if kind != "unmasked" else file.write_bytes(b"?")
    assert convert([replies], tmp_path / "x.parquet", OPTIONS).resumed == 256
    assert (tmp_path / "x.parquet").read_bytes() == (uninterrupted / "x.parquet").read_bytes()


class TestRefusedInTheMiddle:
    @pytest.fixture
    def begun(self, tmp_path: Path, replies: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        with monkeypatch.context() as patch:
            fail_after(patch, 1 + 2 * 4, SimulatedKill())
            with pytest.raises(SimulatedKill):
                convert([replies], tmp_path / "x.parquet", OPTIONS)
        return tmp_path / "x.parquet"

    def test_another_option(self, begun: Path, replies: Path) -> None:
        with pytest.raises(ArgumentError, match=r"fallback 'none'.*got fallback 'box'"):
            convert([replies], begun, ConvertOptions(size=(960, 640), shard_rows=256, fallback="box"))

    def test_an_input_of_another_length(self, begun: Path, replies: Path) -> None:
        with replies.open("a") as out:
            out.write('{"key": "more", "reply": "[]"}\n')
        with pytest.raises(ArgumentError, match="inputs"):
            convert([replies], begun, OPTIONS)

    def test_an_input_of_the_same_length_but_another_content(self, begun: Path, replies: Path) -> None:
        text = replies.read_text()
        replies.write_text(text.replace('"key": "3"', '"key": "4"'))
        with pytest.raises(ArgumentError, match=r"the input .* got another"):
            convert([replies], begun, OPTIONS)

    def test_an_input_with_a_new_time_is_resumed(self, begun: Path, replies: Path) -> None:
        os.utime(replies, (1, 1))
        assert convert([replies], begun, OPTIONS).resumed == 2 * 256


def command(replies: Path, output: Path, *more: str) -> list[str]:
    words = ["convert", str(replies), "--size", "960x640", "-o", str(output), "--shard-rows", "256", *more]
    return [sys.executable, "-m", "maskmill", *words]


@thorough
def test_killed_several_times_and_resumed(tmp_path: Path, replies: Path, uninterrupted: Path) -> None:
    output = tmp_path / "x.parquet"
    for _ in range(3):
        process = subprocess.Popen(command(replies, output), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = len(list(tmp_path.rglob("0*.json")))
        while process.poll() is None and len(list(tmp_path.rglob("0*.json"))) <= before:
            time.sleep(0.002)
        process.kill()
        process.wait()
    assert subprocess.run(command(replies, output), capture_output=True).returncode == 0
    assert output.read_bytes() == (uninterrupted / "x.parquet").read_bytes()


def test_the_second_of_two_processes_is_refused(tmp_path: Path, replies: Path) -> None:
    output = tmp_path / "x.parquet"
    with shards.Shards(tmp_path / "x.parquet.parts").lock():
        second = subprocess.run(command(replies, output), capture_output=True, text=True)
    assert second.returncode == 2
    assert "another process is at work on" in second.stderr
    assert subprocess.run(command(replies, output), capture_output=True).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_stops_cleanly_and_says_how_to_resume(tmp_path: Path) -> None:
    replies = tmp_path / "long.jsonl"
    replies.write_text((json.dumps({"key": "a", "reply": RING}) + "\n") * (2_000 if config.DISABLE_JIT else 200_000))
    output = tmp_path / "x.parquet"
    words = command(replies, output)
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=take_interrupts
    ) as process:
        while process.poll() is None and not list(tmp_path.rglob("0*.json")):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, message = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on" in message
    assert "Traceback" not in message
    assert not list(tmp_path.rglob("*.tmp"))


def test_options_that_change_the_bytes_are_in_the_description() -> None:
    names = set(ConvertOptions.__dataclass_fields__)
    assert names - set(OPTIONS.describe()) == {
        "boxes",
        "frame",
        "dialect",
        "rule",
        "simplify",
        "split",
        "seed",
        "place_images",
    }
    later = ConvertOptions(
        boxes="xy",
        frame=(640, 480),
        dialect="qwen3",
        rule="exact",
        simplify=1,
        split=0.5,
        seed=3,
        place_images="copy",
        images="x",
    ).describe()
    assert names <= set(later)
    assert later["frame"] == [640, 480]


def test_a_run_of_before_the_later_options_is_resumed(replies: Path, tmp_path: Path) -> None:
    convert([replies], tmp_path / "x.parquet", OPTIONS)
    report = json.loads((tmp_path / "x.parquet.report.json").read_bytes())
    assert {"boxes", "frame", "dialect"}.isdisjoint(report["run"])
    assert convert([replies], tmp_path / "x.parquet", OPTIONS).was_done
    for later in ({"boxes": "xy"}, {"frame": "pixels"}, {"frame": (640, 480)}, {"dialect": "gpt"}):
        with pytest.raises(ArgumentError, match=next(iter(later))):
            convert([replies], tmp_path / "x.parquet", replace(OPTIONS, **later))  # type: ignore[arg-type]


@thorough
def test_a_pipe_with_the_same_content_is_resumed(
    tmp_path: Path, replies: Path, uninterrupted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "x.parquet"
    words = command(Path("-"), output)
    with replies.open("rb") as stream:
        process = subprocess.Popen(words, stdin=stream, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not list(tmp_path.rglob("0*.json")):
            time.sleep(0.002)
        process.kill()
        process.wait()
    changed = tmp_path / "changed.jsonl"
    changed.write_text(replies.read_text().replace('"key": "3"', '"key": "4"'))
    with changed.open("rb") as stream:
        refused = subprocess.run(words, stdin=stream, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "got another in shard 0" in refused.stderr
    with replies.open("rb") as stream:
        done = subprocess.run([*words, "--json"], stdin=stream, capture_output=True)
    assert json.loads(done.stdout)["resumed_rows"] >= 256
    assert list(pq.read_table(output)["counts"]) == list(pq.read_table(uninterrupted / "x.parquet")["counts"])


@thorough
@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process")
@pytest.mark.parametrize("max_bytes", spread([20_000, 1, 2_000, 45_000], 1))
def test_a_file_that_cannot_be_written_is_reported_and_resumed(
    tmp_path: Path, replies: Path, uninterrupted: Path, max_bytes: int
) -> None:
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, max_bytes))

    output = tmp_path / "x.parquet"
    full = subprocess.run(command(replies, output), preexec_fn=limit, capture_output=True, text=True)
    assert full.returncode == 2
    assert "File too large" in full.stderr
    assert "Traceback" not in full.stderr
    assert not list(tmp_path.rglob("*.tmp"))
    assert subprocess.run(command(replies, output), capture_output=True).returncode == 0
    assert output.read_bytes() == (uninterrupted / "x.parquet").read_bytes()


def test_shards_without_a_description_are_refused(
    tmp_path: Path, replies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fail_after(patch, 1 + 2 * 4, SimulatedKill())
        with pytest.raises(SimulatedKill):
            convert([replies], tmp_path / "x.parquet", OPTIONS)
    (tmp_path / "x.parquet.parts" / "run.json").unlink()
    with pytest.raises(ArgumentError, match=r"one with 00000\.\S+ and without run\.json"):
        convert([replies], tmp_path / "x.parquet", OPTIONS)


def test_the_folder_of_a_run_killed_at_its_very_end_is_removed(tmp_path: Path, replies: Path) -> None:
    convert([replies], tmp_path / "x.parquet", OPTIONS)
    remains = tmp_path / "x.parquet.parts"
    remains.mkdir()
    (remains / "lock").touch()
    assert convert([replies], tmp_path / "x.parquet", OPTIONS).was_done
    assert not remains.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_while_a_pipe_is_silent(tmp_path: Path) -> None:
    words = command(Path("-"), tmp_path / "x.parquet")
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=take_interrupts
    ) as process:
        while process.poll() is None and not (tmp_path / "x.parquet.parts" / "run.json").exists():
            time.sleep(0.01)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
