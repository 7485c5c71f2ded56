"""Shards made by themselves, in any order and by several hands: those of one process."""

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
from maskmill_bindings.convert import Options, convert
from maskmill_bindings.convert._chunking import Cut, in_shards
from maskmill_bindings.convert._executor import Order
from maskmill_bindings.convert._remote import Job, make_shard
from maskmill_bindings.convert._shards.shards import Manifest
from maskmill_bindings.convert._tally import Tally
from support.command import run

RING = '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]'
OPTIONS = Options(size=(960, 640), shard_rows=256)


@pytest.fixture
def replies(tmp_path: Path) -> Path:
    file = tmp_path / "replies.jsonl"
    file.write_text("".join(json.dumps({"key": str(i), "reply": RING}) + "\n" for i in range(1000)))
    return file


class Backwards:
    """An engine that sends everything as a pickle and makes the last shard first."""

    def __init__(self, keep: bool) -> None:
        self.keep = keep
        self.cuts: list[Cut] = []
        self.job: Job | None = None

    def __call__(self, order: Order) -> Generator[Manifest, None, None]:
        self.cuts = list(in_shards(order.pieces, order.options.bounds, order.start, self.keep))
        self.job = Job.of(order)
        sent = [pickle.dumps((self.job, number, cut)) for number, cut in enumerate(self.cuts, order.first)]
        made = [make_shard(*pickle.loads(words)) for words in reversed(sent)]
        for manifest in reversed(made):
            order.made(Tally.from_dict(manifest.tally), 0)
            yield manifest


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("name", ["replies.jsonl", "replies.jsonl.gz"])
def test_the_same_bytes_in_any_order(replies: Path, tmp_path: Path, keep: bool, name: str) -> None:
    (tmp_path / "replies.jsonl.gz").write_bytes(gzip.compress(replies.read_bytes()))
    inputs = [tmp_path / name, replies]
    convert(inputs, tmp_path / "alone.parquet", OPTIONS)
    summary = convert(inputs, tmp_path / "x.parquet", OPTIONS, engine=Backwards(keep))
    assert summary.tally.rows == 2000
    assert (tmp_path / "x.parquet").read_bytes() == (tmp_path / "alone.parquet").read_bytes()


@pytest.fixture
def order(replies: Path, tmp_path: Path) -> tuple[Job, Cut]:
    """The job and the last shard of a conversion whose folder is still there."""
    engine = Backwards(keep=False)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert([replies], tmp_path / "x.parquet", OPTIONS, engine=engine, progress=stop)
    assert engine.job is not None
    return engine.job, engine.cuts[-1]


class TestAMachineThatIsNotFit:
    def test_another_version(self, order: tuple[Job, Cut]) -> None:
        with pytest.raises(ArgumentError, match=r"expected maskmill 0\.0 on every machine"):
            make_shard(replace(order[0], version="0.0"), 3, order[1])

    def test_no_such_folder(self, order: tuple[Job, Cut]) -> None:
        with pytest.raises(ArgumentError, match="expected a working folder that every machine sees"):
            make_shard(replace(order[0], folder="/not/here"), 3, order[1])

    def test_a_disk_of_its_own(self, order: tuple[Job, Cut]) -> None:
        (order[0].shards.folder / "run.json").unlink()
        with pytest.raises(ArgumentError, match="expected an output on a disk that all machines share"):
            make_shard(order[0], 3, order[1])


def test_an_input_that_has_changed(order: tuple[Job, Cut], replies: Path) -> None:
    replies.write_text(replies.read_text().replace('"key": "9', '"key": "8'))
    with pytest.raises(ArgumentError, match=r"got another in shard 3"):
        make_shard(replace(order[0], name="another"), 3, order[1])


def test_two_hands_at_one_shard_do_not_meet(order: tuple[Job, Cut]) -> None:
    """One that was given up writes under a name of its own."""
    job, cut = order
    given_up = job.shards.folder / "00003.parquet.0123.tmp"
    given_up.write_bytes(b"half")
    manifest = make_shard(job, 3, cut)
    found = job.shards.sound(3)
    assert found is not None
    assert (found.digest, found.files) == (manifest.digest, manifest.files)
    with job.shards.locked():
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
    done = run("convert", replies, "--size", "9x9", "-o", tmp_path / "x.parquet", *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert os.listdir(tmp_path) == ["replies.jsonl"] or "threads" in message
