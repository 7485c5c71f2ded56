"""Shards written separately, in any order and by several writers, within one process."""

from __future__ import annotations

import gzip
import json
import os
import pickle
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from maskmill.errors import ArgumentError, MissingPackageError
from maskmill_bindings.convert import ConvertOptions, RepeatedKeyWarning, convert
from maskmill_bindings.convert._chunking import ShardInput, group_into_shards
from maskmill_bindings.convert._executor import RemainingWork
from maskmill_bindings.convert._remote import RemoteJob, make_shard
from maskmill_bindings.convert._shards.shards import Manifest
from maskmill_bindings.convert._tally import Tally
from support.command import run_process
from support.tiers import spread, thorough

RING = '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]'
OPTIONS = ConvertOptions(size=(960, 640), shard_rows=256)


@pytest.fixture
def replies(tmp_path: Path) -> Path:
    file = tmp_path / "replies.jsonl"
    file.write_text("".join(json.dumps({"key": str(i), "reply": RING}) + "\n" for i in range(1000)))
    return file


class Backwards:
    """An executor that pickles everything and writes the last shard first."""

    def __init__(self, keep: bool) -> None:
        self.keep = keep
        self.shard_inputs: list[ShardInput] = []
        self.job: RemoteJob | None = None

    def __call__(self, work: RemainingWork) -> Generator[Manifest, None, None]:
        self.shard_inputs = list(group_into_shards(work.chunks, work.options.bounds, work.start, self.keep))
        self.job = RemoteJob.from_work(work)
        sent = [
            pickle.dumps((self.job, number, shard_input))
            for number, shard_input in enumerate(self.shard_inputs, work.first_shard)
        ]
        manifests = [make_shard(*pickle.loads(data)) for data in reversed(sent)]
        for manifest in reversed(manifests):
            work.on_progress(Tally.from_dict(manifest.tally), 0)
            yield manifest


@thorough
@pytest.mark.parametrize("keep", spread([True, False], 1))
@pytest.mark.parametrize("name", ["replies.jsonl", "replies.jsonl.gz"])
def test_the_same_bytes_in_any_order(replies: Path, tmp_path: Path, keep: bool, name: str) -> None:
    (tmp_path / "replies.jsonl.gz").write_bytes(gzip.compress(replies.read_bytes()))
    inputs = [tmp_path / name, replies]
    with pytest.warns(RepeatedKeyWarning, match="1000 keys come more than once: such as '0'"):
        convert(inputs, tmp_path / "alone.parquet", OPTIONS)
    with pytest.warns(RepeatedKeyWarning, match="1000 keys come more than once: such as '0'"):
        summary = convert(inputs, tmp_path / "x.parquet", OPTIONS, engine=Backwards(keep))
    assert summary.tally.rows == 2000
    assert (tmp_path / "x.parquet").read_bytes() == (tmp_path / "alone.parquet").read_bytes()


@pytest.fixture
def job_and_shard(replies: Path, tmp_path: Path) -> tuple[RemoteJob, ShardInput]:
    """The job and the input of the last shard of an interrupted conversion."""
    engine = Backwards(keep=False)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert([replies], tmp_path / "x.parquet", OPTIONS, engine=engine, progress=stop)
    assert engine.job is not None
    return engine.job, engine.shard_inputs[-1]


class TestAnUnfitMachine:
    def test_another_version(self, job_and_shard: tuple[RemoteJob, ShardInput]) -> None:
        with pytest.raises(ArgumentError, match=r"expected maskmill 0\.0 on every machine"):
            make_shard(replace(job_and_shard[0], version="0.0"), 3, job_and_shard[1])

    def test_no_such_folder(self, job_and_shard: tuple[RemoteJob, ShardInput]) -> None:
        with pytest.raises(ArgumentError, match="expected a working folder that every machine sees"):
            make_shard(replace(job_and_shard[0], folder="/not/here"), 3, job_and_shard[1])

    def test_a_disk_that_is_not_shared(self, job_and_shard: tuple[RemoteJob, ShardInput]) -> None:
        (job_and_shard[0].shards.folder / "run.json").unlink()
        with pytest.raises(ArgumentError, match="expected an output on a disk that all machines share"):
            make_shard(job_and_shard[0], 3, job_and_shard[1])


def test_an_input_that_has_changed(job_and_shard: tuple[RemoteJob, ShardInput], replies: Path) -> None:
    replies.write_text(replies.read_text().replace('"key": "9', '"key": "8'))
    with pytest.raises(ArgumentError, match=r"got another in shard 3"):
        make_shard(replace(job_and_shard[0], name="another"), 3, job_and_shard[1])


def test_two_writers_of_one_shard_do_not_collide(job_and_shard: tuple[RemoteJob, ShardInput]) -> None:
    """A writer that was given up has its separate temporary file."""
    job, shard_input = job_and_shard
    given_up = job.shards.folder / "00003.parquet.0123.tmp"
    given_up.write_bytes(b"half")
    manifest = make_shard(job, 3, shard_input)
    intact = job.shards.intact_manifest(3)
    assert intact is not None
    assert (intact.digest, intact.files) == (manifest.digest, manifest.files)
    with job.shards.lock():
        assert not list(job.shards.folder.glob("*.tmp"))


def test_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    from maskmill_bindings.ray import engine

    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'maskmill\[ray\]'"):
        engine()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--address", "auto"), "expected --engine ray with the address of a cluster"),
        (("--threads", "0"), "expected a positive integer or None, got 0"),
    ],
)
def test_the_command_refuses(replies: Path, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    done = run_process("convert", replies, "--size", "9x9", "-o", tmp_path / "x.parquet", *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert os.listdir(tmp_path) == ["replies.jsonl"] or "threads" in message
