"""Files and pickles of an earlier version, read again: what it left behind must stay of use."""

from __future__ import annotations

import argparse
import json
import os
import pickle
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import chdir, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import maskmill
import maskmill_bindings
from maskmill import samples
from maskmill_bindings.convert import convert
from maskmill_bindings.exports import Settings
from maskmill_bindings.genai import Client
from maskmill_bindings.maskfile import MaskFile
from maskmill_bindings.record import Record

from .commands import files_of
from .describing import masks_of
from .inputs import of_samples
from .library import small_codebook
from .naming import Options
from .run import emulator, normal, run
from .workplace import furnish
from .writing import digest, dumps, tried, write_lines

_ASK = (
    "segment",
    "photos",
    "--model",
    "gemini-2.5-flash",
    "--labels",
    "plate, apple, doughnut, pear, fork",
    "-o",
    "run",
    "--tries",
    "1",
)
_NOBODY = ("--base-url", "http://127.0.0.1:9")
_MANY = "many.jsonl"
_CUT_AFTER = 3
"""Pieces after which the conversion is cut off."""


class CutError(Exception):
    """Ends a conversion in its midst."""


def record(out: Path, chosen: argparse.Namespace) -> None:
    """Make the files, then read them, or those of an earlier record, again."""
    made = out / "kept"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    objects = _objects()
    _keep_pickles(made / "pickles", objects)
    _keep_files(made, chosen.shared)
    write_lines(out / "kept-live.jsonl", ({"name": n, "value": described(o)} for n, o in objects.items()))
    write_lines(out / "kept-made.jsonl", _made(made))
    old = (chosen.old or out) / "kept"
    write_lines(out / "kept-loaded.jsonl", _loaded(old / "pickles"))
    with TemporaryDirectory(prefix="maskmill-behaviour-") as temporary:
        place = Path(temporary) / "old"
        shutil.copytree(old, place)
        write_lines(out / "kept-again.jsonl", _again(place))
        (out / "kept-segment.txt").write_text(_segment_again(place), "utf-8")
        (out / "kept-convert.txt").write_text(_convert_again(place), "utf-8")
    write_lines(out / "client.jsonl", _client(old / "photos"))
    write_lines(out / "bench.jsonl", _bench())


def described(value: Any) -> Any:
    """What can be seen of an object: a dictionary if it has one, else its repr."""
    if isinstance(value, maskmill.Masks):
        return masks_of(value)
    if isinstance(value, maskmill.Mask):
        return [repr(value), digest(value.dense()), value.area, repr(value.problems), dumps(value.item)[:300]]
    if isinstance(value, Record):
        return [value.key, value.image, list(value.rows), described(value.masks)]
    if isinstance(value, maskmill.codebooks.Codebook):
        return [repr(value), digest(value.decode([[5] * 16, list(range(16))])), value.is_binary]
    return [type(value).__name__, str(value), repr(value).replace(str(Path.cwd()), ".")]


def _objects() -> dict[str, Any]:
    """Objects that programs keep or send to other processes."""
    made: dict[str, Any] = {}
    for one in of_samples():
        made[one.name] = maskmill.decode(one.reply, one.size, fallback="box" if "tokens" in one.name else "none")
    mixed = made["sample mixed"]
    made |= {f"row {i}": row for i, row in enumerate(mixed)}
    made |= {f"problem {i}": problem for i, problem in enumerate(mixed.problems)}
    made |= {
        "some": mixed[[0, 2]],
        "none": mixed[:0],
        "patched": maskmill.Masks.from_dense(mixed.dense(), labels=mixed.labels.tolist()),
    }
    made |= {"decoder": maskmill.Decoder(), "decoder box": maskmill.Decoder(threshold=9, axis="xy", fallback="box")}
    made |= {"limits": maskmill.Limits(), "limits low": maskmill.Limits(max_vertices=9)}
    made |= {f"status {member}": member for member in maskmill.Status}
    made |= {f"reply status {member}": member for member in maskmill.ReplyStatus}
    made |= {
        "record": Record("a", mixed, "a.jpg", "x.jsonl", 3, "gemini", (0, 1, 2, 3, 4, 5)),
        "record bare": Record("b", mixed[:1]),
    }
    made |= {"settings": Settings(), "settings full": Settings(classes=("a", "b"), polygons=True, first_image=5)}
    made |= {
        "options": Options(),
        "options full": Options(to="coco", size=(9, 8), filter="area >= 4", classes=("a",), polygons=True),
    }
    made |= {"error": maskmill.errors.ArgumentError("expected a, got b - at `c`"), "codebook": small_codebook()}
    return made


def _keep_pickles(folder: Path, objects: dict[str, Any]) -> None:
    folder.mkdir()
    for name, value in objects.items():
        (folder / f"{name}.pickle").write_bytes(pickle.dumps(value, 5))


def _loaded(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.iterdir()):
        yield {"name": path.stem, **tried(lambda path=path: described(pickle.loads(path.read_bytes())))}


def _keep_files(made: Path, shared: Path) -> None:
    """A table, a codebook, a run of `segment` with its ledger, and a conversion that was cut off."""
    with TemporaryDirectory(prefix="maskmill-behaviour-") as temporary:
        place = Path(temporary) / "in"
        furnish(place, shared / "nothing", tables=("masks.parquet",), folders=())
        for name in ("plain.jsonl", "masks.parquet", "pairs.jsonl"):
            shutil.copy2(place / name, made / name)
        shutil.copytree(place / "photos", made / "photos")
    run(("codebook", "fit", "pairs.jsonl", "-o", "book.npz", "--force"), made)
    with emulator() as url:
        run((*_ASK, "--base-url", url), made)
    _write_many(made)
    cut_off(made)


def _write_many(folder: Path) -> None:
    """Rows enough for several pieces of the input."""
    rows = [json.loads(line) for line in (folder / "plain.jsonl").read_text().splitlines()]
    texts = [json.dumps({**row, "key": f"{row['key']} {turn}"}) + "\n" for turn in range(20) for row in rows]
    (folder / _MANY).write_text("".join(texts))
    os.utime(folder / _MANY, (1_790_000_000, 1_790_000_000))


def cut_off(folder: Path) -> None:
    """Begin a conversion of small shards, and end it in its midst."""
    calls = 0

    def progress(_tally: Any, _nbytes: int) -> None:
        nonlocal calls
        calls += 1
        if calls == _CUT_AFTER:
            raise CutError

    try:
        _convert(folder, progress)
    except CutError:
        return
    raise AssertionError("the conversion was not cut off")


def _convert(folder: Path, progress: Any) -> Any:
    with chdir(folder):  # where a file lies is part of what a conversion is
        return convert([_MANY], "cut.parquet", Options(shard_rows=40), threads=1, progress=progress)


def _made(folder: Path) -> Iterator[dict[str, Any]]:
    """Digests of the kept files that are the same at each run, and the tables of the ledger."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or ".owners" in name or path.name == ".lock":
            continue
        if path.suffix == ".sqlite":
            with closing(sqlite3.connect(path)) as ledger:
                tables = ledger.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
                yield {
                    "file": name,
                    "tables": tables,
                    "rows": [_count(ledger, table) for table, sql in tables if "TABLE" in str(sql)],
                }
        elif "cut.parquet.parts" in name and path.suffix == ".json":
            yield {"file": name, "text": _manifest(path)}
        else:
            yield {"file": name, "sha256": digest(path.read_bytes())}


def _count(ledger: sqlite3.Connection, table: str) -> Any:
    columns = [row[1] for row in ledger.execute(f"PRAGMA table_info({table})")]
    return [table, columns, ledger.execute(f"SELECT count(*) FROM {table}").fetchone()[0]]


def _manifest(path: Path) -> str:
    return normal(path.read_text()).replace(str(path.parent.parent), "FOLDER")


def _again(place: Path) -> Iterator[dict[str, Any]]:
    file = MaskFile(place / "masks.parquet")
    yield {"name": "masks.parquet", "keys": file.keys(), "rows": len(file)}
    for key in file:
        yield {"name": f"masks.parquet {key}", **tried(lambda key=key: masks_of(file[key]))}
    codebook = maskmill.codebooks.load(place / "book.npz")
    yield {"name": "book.npz", "value": described(codebook)}
    masks = maskmill.decode(samples.reply("tokens"), samples.SIZE, codebook=place / "book.npz")
    yield {"name": "book.npz tokens", "value": described(masks)}
    yield {"name": "run", **tried(lambda: [masks_of(MaskFile(place / "run" / "masks.parquet").at(0).masks)])}


def _segment_again(place: Path) -> str:
    """The same command where nobody answers: it must have nothing to ask; then with other formats."""
    lines = []
    for more in ((), ("--to", "yolo,coco"), ("--json", "--fallback", "box")):
        lines += [f"$ {more}", *map(str, run((*_ASK, *_NOBODY, *more), place))]
    return "\n".join([*lines, files_of(place / "run")])


def _convert_again(place: Path) -> str:
    """The conversion that was cut off goes on; and the table becomes other formats."""
    folder = place / "going-on"
    folder.mkdir()
    for path in sorted(place.glob("cut.parquet*")):
        shutil.move(path, folder / path.name)
    shutil.copy2(place / _MANY, folder / _MANY)
    summary = tried(lambda: _summary(_convert(folder, lambda _tally, _nbytes: None)))
    whole = place / "whole"
    whole.mkdir()
    shutil.copy2(place / _MANY, whole / _MANY)
    other = tried(lambda: _summary(_convert(whole, lambda _tally, _nbytes: None)))
    lines = [normal(json.dumps(summary, default=repr)), normal(json.dumps(other, default=repr))]
    lines += [files_of(folder), files_of(whole)]
    for name in ("coco.json", "masks.npz", "masks.geojson"):
        lines += map(str, run(("convert", "masks.parquet", "-o", f"made/{name}"), place))
    return "\n".join([*lines, files_of(place / "made") if (place / "made").is_dir() else ""])


def _summary(summary: Any) -> list[Any]:
    return [repr(summary.tally), [path.name for path in summary.files], summary.resumed, summary.was_done]


def _client(photos: Path) -> Iterator[dict[str, Any]]:
    """The client of Python against the emulator, for two models."""
    paths = sorted(photos.iterdir())
    for model in ("gemini-2.5-flash", "gemini-3.6-flash"):
        with emulator() as url, Client(model=model, api_key="any", base_url=url, again="same") as client:
            for path, reply in zip(
                paths,
                client.segment_many(paths, labels=["plate", "apple", "doughnut", "pear", "fork"]),
                strict=True,
            ):
                masks = None if reply.masks is None else masks_of(reply.masks)
                fields = [reply.error, reply.error_code, reply.text, len(reply.asked), reply.dollars]
                yield {"name": f"{model} {path.name}", "masks": masks, "told": fields}


def _bench() -> Iterator[dict[str, Any]]:
    """The benchmark's digests, wherever they lie in the package, and what a quick run of it names."""
    for path in sorted(Path(maskmill_bindings.__file__).parent.rglob("digests.json")):
        digests = json.loads(path.read_text())
        yield {"name": path.name, "cases": list(digests), "value": digests}
    with TemporaryDirectory(prefix="maskmill-behaviour-") as temporary:
        result = run(("bench", "--quick", "--threads", "1", "--json", "report.json"), Path(temporary))
        report = Path(temporary) / "report.json"
        names = _names(json.loads(report.read_text())) if report.exists() else result
    yield {"name": "quick run", "status": result.status, "report": names, "written": "report.json" in result.stdout}


def _names(value: Any) -> Any:
    """A report without its numbers: keys, and texts that name cases."""
    if isinstance(value, dict):
        return {key: _names(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_names(inner) for inner in value if isinstance(inner, (dict, list))]
    return type(value).__name__
