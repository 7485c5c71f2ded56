"""Ray 2.60: a real cluster of two CPUs on this machine; its workers and driver are killed, its rows are broken."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from maskmill.errors import ArgumentError
from maskmill.samples import mixed
from maskmill_bindings._table import SCHEMA
from maskmill_bindings.convert import ConvertOptions, convert
from maskmill_bindings.convert._tabular import CONVERTED_SCHEMA
from maskmill_bindings.ray import convert_dataset, engine
from support.command import take_interrupts

ray = pytest.importorskip("ray")
pytest.importorskip("ray.data")

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="finds workers in /proc"),
    pytest.mark.filterwarnings("ignore"),  # what Ray does while it starts
]

RING = '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]'
OPTIONS = ConvertOptions(size=(960, 640), shard_rows=256)
LONG = ConvertOptions(size=(960, 640), shard_rows=2048)
ROWS = 1300


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Start a cluster; yield its address."""
    context = ray.init("local", num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    yield context.address_info["gcs_address"]
    ray.shutdown()


def write_rows(file: Path, rows: int = ROWS) -> Path:
    lines = [{"key": str(i), "reply": mixed() if i % 100 == 7 else RING} for i in range(rows)]
    file.write_text("".join(json.dumps(row) + "\n" for row in lines))
    return file


@pytest.fixture
def replies(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "replies.jsonl")


def files_of(output: Path) -> dict[str, bytes]:
    """Return the files of a conversion by name, without the report, which holds times."""
    files = {"": output} if output.is_file() else {file.name: file for file in output.rglob("*") if file.is_file()}
    files["listed"] = output.with_name(f"{output.name}.unmasked.jsonl")
    return {name: file.read_bytes() for name, file in files.items()}


def assert_same(inputs: list[Path], folder: Path, options: ConvertOptions = OPTIONS, name: str = "x.parquet") -> None:
    """Check that the cluster writes what this process writes."""
    alone = convert(inputs, folder / "alone" / name, options)
    together = convert(inputs, folder / "together" / name, options, engine=engine())
    assert files_of(folder / "together" / name) == files_of(folder / "alone" / name)
    assert together.tally == alone.tally
    assert not (folder / "together" / f"{name}.parts").exists()


class TestSameBytes:
    @pytest.mark.parametrize("name", ["x.parquet", "out", "x.json"])
    def test_of_rows(self, cluster: str, replies: Path, tmp_path: Path, name: str) -> None:
        assert_same([replies, write_rows(tmp_path / "more.jsonl", 300)], tmp_path, name=name)

    def test_of_a_table(self, cluster: str, replies: Path, tmp_path: Path) -> None:
        rows = pa.Table.from_pylist([json.loads(line) for line in replies.read_text().splitlines()])
        pq.write_table(rows, tmp_path / "replies.parquet", row_group_size=500)
        assert_same([tmp_path / "replies.parquet"], tmp_path)

    def test_of_what_cannot_seek(self, cluster: str, replies: Path, tmp_path: Path) -> None:
        (tmp_path / "replies.jsonl.gz").write_bytes(gzip.compress(replies.read_bytes()))
        assert_same([tmp_path / "replies.jsonl.gz"], tmp_path)

    def test_of_masks(self, cluster: str, replies: Path, tmp_path: Path) -> None:
        convert([replies], tmp_path / "masks.parquet", OPTIONS)
        assert_same([tmp_path / "masks.parquet"], tmp_path, ConvertOptions(shard_rows=400), "x.json")

    def test_of_names_that_are_not_absolute(
        self, cluster: str, replies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert_same([Path("replies.jsonl")], Path())

    def test_of_poisonous_rows(self, cluster: str, tmp_path: Path) -> None:
        soup = "[" + "9" * 10_000 + ", 1e999, -0.0" * 20_000
        poison = [
            b'{"key": "broken", "reply": "[{',
            b"\xff\xfe\x00" * 1_700_000,
            json.dumps({"key": "garbage", "reply": "\\\"[{'" * 1_000_000}).encode(),
            json.dumps({"key": "soup", "reply": soup}).encode(),
            json.dumps({"key": "deep", "reply": "[" * 1_000_000}).encode(),
            b'{"key": "number", "reply": ' + b"9" * 10_000 + b"}",
            b'{"key": "half", "reply": "\\ud83d"}',
        ]
        good = json.dumps({"key": "good", "reply": RING}).encode()
        file = tmp_path / "replies.jsonl"
        file.write_bytes(b"\n".join(row for bad in poison for row in (good, bad)) + b"\n")
        assert_same([file], tmp_path, ConvertOptions(size=(960, 640), shard_rows=4))
        assert pq.read_table(tmp_path / "together" / "x.parquet")["key"].to_pylist().count("good") == len(poison)


def writers_in(folder: Path) -> set[int]:
    """Return the processes that write a shard in a folder."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            file = Path(os.readlink(link))
            if file.parent == folder and re.fullmatch(r"\d{5}\..*\.tmp", file.name):
                found.add(int(link.parts[2]))
    return found


@contextmanager
def killer(folder: Path, most: int) -> Iterator[list[int]]:
    """Kill some of the workers that write in a folder as soon as they do; return the list of them."""
    killed: list[int] = []
    done = Event()

    def kill() -> None:
        while not done.wait(0.005) and len(killed) < most:
            for pid in writers_in(folder) - set(killed):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

    thread = Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        done.set()
        thread.join()


def command(*words: object, rows: int = 256) -> list[str]:
    more = ("--size", "960x640", "--shard-rows", str(rows), "--engine", "ray")
    return [sys.executable, "-m", "maskmill", "convert", *map(str, words), *more]


class TestWorkersThatDie:
    @pytest.fixture
    def long(self, tmp_path: Path) -> Path:
        return write_rows(tmp_path / "long.jsonl", 8000)

    def test_a_killed_one_is_made_up_for(self, cluster: str, long: Path, tmp_path: Path) -> None:
        convert([long], tmp_path / "alone.parquet", LONG)
        words = command(long, "-o", tmp_path / "x.parquet", "--address", cluster, "--json", rows=LONG.shard_rows)
        with killer(tmp_path / "x.parquet.parts", most=1) as killed:
            done = subprocess.run(words, capture_output=True, text=True, timeout=120)
        assert len(killed) == 1
        assert json.loads(done.stdout)["rows"] == 8000
        assert (tmp_path / "x.parquet").read_bytes() == (tmp_path / "alone.parquet").read_bytes()

    def test_one_that_always_dies_is_not_tried_for_ever(self, cluster: str, long: Path, tmp_path: Path) -> None:
        with (
            killer(tmp_path / "x.parquet.parts", most=1000) as killed,
            pytest.raises(ArgumentError, match=r"a worker that lives until its shard is made, got \w+ 3 times"),
        ):
            convert([long], tmp_path / "x.parquet", LONG, engine=engine())
        assert len(killed) >= 3
        convert([long], tmp_path / "x.parquet", LONG, engine=engine())
        convert([long], tmp_path / "alone.parquet", LONG)
        assert (tmp_path / "x.parquet").read_bytes() == (tmp_path / "alone.parquet").read_bytes()


def test_a_killed_driver_redoes_only_what_was_lost(cluster: str, tmp_path: Path) -> None:
    replies, output = write_rows(tmp_path / "replies.jsonl", 4000), tmp_path / "out"
    process = subprocess.Popen(command(replies, "-o", output), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and len(list(output.glob(".maskmill/0*.json"))) < 4:
        time.sleep(0.005)
    process.kill()
    process.wait()
    time.sleep(1)  # for its workers to see it
    (output / ".maskmill" / "00001.json").unlink()
    kept = {int(file.stem): (output / f"{file.stem}.parquet").stat() for file in output.glob(".maskmill/0*.json")}
    summary = convert([replies], output, OPTIONS, engine=engine())
    assert 0 < summary.resumed == 256 * len(kept) < 4000
    assert all((output / f"{number:05}.parquet").stat().st_ino == was.st_ino for number, was in kept.items())
    convert([replies], tmp_path / "alone", OPTIONS)
    assert files_of(output) == files_of(tmp_path / "alone")


def test_ctrl_c_stops_cleanly(cluster: str, tmp_path: Path) -> None:
    replies, output = write_rows(tmp_path / "replies.jsonl", 20_000), tmp_path / "x.parquet"
    words = command(replies, "-o", output, "--address", cluster)
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=take_interrupts
    )
    while process.poll() is None and not list(tmp_path.rglob("0*.json")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on" in errors
    assert "Traceback" not in errors


def test_the_command_at_an_address(cluster: str, replies: Path, tmp_path: Path) -> None:
    output = tmp_path / "x.parquet"
    words = command("-", "-o", output, "--address", cluster, "--json")
    with replies.open("rb") as pipe:
        done = subprocess.run(words, stdin=pipe, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == ROWS
    convert([replies], tmp_path / "alone.parquet", OPTIONS)
    counts = [pq.read_table(file)["counts"] for file in (output, tmp_path / "alone.parquet")]
    assert counts[0].equals(counts[1])


def test_no_cluster_at_the_address(replies: Path, tmp_path: Path) -> None:
    words = command(replies, "-o", tmp_path / "x.parquet", "--address", "127.0.0.1:1")
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "expected the address of a Ray cluster, got 127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_input_that_changes_meanwhile(cluster: str, tmp_path: Path) -> None:
    replies = write_rows(tmp_path / "replies.jsonl", 8000)

    def change(*_: Any) -> None:
        text = replies.read_bytes()
        replies.write_bytes(text.replace(b'"key": "7', b'"key": "8'))

    with pytest.raises(ArgumentError, match=r"the input .* got another in shard \d+"):
        convert([replies], tmp_path / "x.parquet", OPTIONS, engine=engine(), progress=change)


class TestTables:
    def test_the_same_rows_as_one_process(self, cluster: str, replies: Path, tmp_path: Path) -> None:
        convert([replies], tmp_path / "x.parquet", OPTIONS)
        rows = pa.Table.from_pylist([json.loads(line) for line in replies.read_text().splitlines()])
        dataset = convert_dataset(ray.data.from_arrow(rows).repartition(4), OPTIONS, batch_size=100)
        masks = pa.concat_tables(
            pa.Table.from_batches([b]) if isinstance(b, pa.RecordBatch) else b
            for b in dataset.iter_batches(batch_format="pyarrow", batch_size=None)
        )
        assert masks.schema.remove_metadata() == CONVERTED_SCHEMA
        own = [name for name in SCHEMA.names if name not in ("source", "line")]
        order = [("key", "ascending"), ("index", "ascending")]
        whole = masks.filter(pc.field("failure").is_null()).select(own).sort_by(order)
        assert whole.to_pylist() == pq.read_table(tmp_path / "x.parquet", columns=own).sort_by(order).to_pylist()
        listed = [json.loads(line)["key"] for line in (tmp_path / "x.parquet.unmasked.jsonl").read_text().splitlines()]
        failed = masks.filter(pc.field("failure").is_valid())
        assert sorted(failed["key"].to_pylist()) == sorted(listed)

    def test_a_checkpoint_leaves_out_what_is_written(self, cluster: str, replies: Path, tmp_path: Path) -> None:
        checkpoint = pytest.importorskip("ray.data.checkpoint")
        context = ray.data.DataContext.get_current()
        context.checkpoint_config = checkpoint.CheckpointConfig(
            "key", str(tmp_path / "checkpoint"), delete_checkpoint_on_success=False
        )
        rows = [json.loads(line) for line in replies.read_text().splitlines()]

        def run(count: int) -> dict[Path, int]:
            pq.write_table(pa.Table.from_pylist(rows[:count]), tmp_path / "replies.parquet")
            dataset = ray.data.read_parquet(str(tmp_path / "replies.parquet"))
            parts = dataset.repartition(target_num_rows_per_block=100)
            convert_dataset(parts, OPTIONS).write_parquet(str(tmp_path / "masks"))
            return {file: file.stat().st_ino for file in (tmp_path / "masks").glob("*.parquet")}

        try:
            first, second = run(500), run(ROWS)
        finally:
            context.checkpoint_config = None
        assert first.items() < second.items()
        written = pq.read_table(tmp_path / "masks")
        whole = written.filter(pc.field("failure").is_null())
        assert whole.num_rows == sum(1 if row["reply"] == RING else 6 for row in rows)
        assert set(written["key"].to_pylist()) == {row["key"] for row in rows}
