"""Several outputs of one run, finished outputs that are replaced, and files that are nobody's business."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import orjson
import pytest

from maskmill.errors import ArgumentError
from maskmill_bindings import exports
from maskmill_bindings.convert import ConvertOptions, convert
from support.command import run

pytestmark = pytest.mark.filterwarnings("ignore::maskmill_bindings.exports.LossWarning")

OPTIONS = ConvertOptions(size=(64, 48))
OUTPUTS = (
    "a.parquet",
    "coco.json",
    "yolo=labels",
    "coco-results=results.json",
    "b.parquet",
    "svg=pictures",
    "parquet=rows",
)


@pytest.fixture
def replies(tmp_path: Path) -> Path:
    rows = [
        {"key": f"{i:03}", "reply": [{"mask": [[0, 0], [500, 0], [500, 10 * i + 100]], "label": "cat"}]}
        for i in range(40)
    ]
    rows.append({"key": "broken", "reply": "no mask"})
    file = tmp_path / "in" / "replies.jsonl"
    file.parent.mkdir()
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def named(folder: Path) -> list[str]:
    """Return the outputs in a folder, as one writes them on the command line."""
    pairs = [(output.rpartition("=")[0], output.rpartition("=")[2]) for output in OUTPUTS]
    return [f"{name}={folder / path}" if name else str(folder / path) for name, path in pairs]


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and not file.name.endswith("report.json"))
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


# Several outputs.


def test_several_outputs_are_those_of_several_runs(tmp_path: Path, replies: Path) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "each").mkdir()
    summary = convert([replies], named(tmp_path / "all"), OPTIONS)
    for output in named(tmp_path / "each"):
        convert([replies], [output], OPTIONS)
    together, each = contents(tmp_path / "all"), contents(tmp_path / "each")
    assert together.keys() == each.keys()
    assert {name for name in each if each[name] != together[name]} == set()
    assert summary.tally.rows == 41
    assert not [*(tmp_path / "all").glob("*.parts"), *(tmp_path / "all").glob("*/.maskmill")]


def test_each_of_several_outputs_is_an_input(tmp_path: Path, replies: Path) -> None:
    summary = convert([replies], named(tmp_path), OPTIONS)
    assert summary.tally.drawn == 40
    for output in OUTPUTS:
        path = tmp_path / output.rpartition("=")[2]
        options = ConvertOptions(size=(64, 48)) if "results" in output else ConvertOptions()
        again = convert([path], tmp_path / "again.arrow", options, overwrite=True)
        assert again.tally.drawn == 40, output


def test_the_same_command_says_that_it_is_done(tmp_path: Path, replies: Path) -> None:
    convert([replies], named(tmp_path), OPTIONS)
    before = contents(tmp_path)
    assert convert([replies], named(tmp_path), OPTIONS).was_done
    assert contents(tmp_path) == before


def test_a_lost_output_is_made_again(tmp_path: Path, replies: Path) -> None:
    convert([replies], named(tmp_path), OPTIONS)
    before = contents(tmp_path)
    for file in tmp_path.glob("coco.json*"):
        file.unlink()
    assert not convert([replies], named(tmp_path), OPTIONS, overwrite=True).was_done
    assert contents(tmp_path) == before


def test_an_output_that_fails_is_named_and_made_later(
    tmp_path: Path, replies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "coco.json"))

    outputs = named(tmp_path)[:3]
    with monkeypatch.context() as patch:
        patch.setattr(exports.coco, "write", fail)
        with pytest.raises(OSError, match=r"coco\.json"):
            convert([replies], outputs, OPTIONS)
    summary = convert([replies], outputs, OPTIONS)
    assert summary.resumed == 41
    assert next(exports.read(tmp_path / "coco.json")).masks.areas.sum() > 0


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (["x.parquet", "x.parquet"], "outputs of different names"),
        (["x.parquet", "parquet=./x.parquet"], "outputs of different names"),
        (["x.parquet", "png=x.parquet.parts"], "outputs of different names"),
        (["x.parquet", "x.parquet.report.json"], "outputs of different names"),
        ([], "an output, got none"),
        (["a.parquet", "b.nothing"], "a suffix that names a format"),
    ],
)
def test_outputs_that_would_replace_each_other(tmp_path: Path, replies: Path, outputs: list[str], message: str) -> None:
    paths = [f"{o.rpartition('=')[0]}{'=' * ('=' in o)}{tmp_path / o.rpartition('=')[2]}" for o in outputs]
    with pytest.raises(ArgumentError, match=message):
        convert([replies], paths, OPTIONS)


def test_one_format_for_several_outputs_is_refused(tmp_path: Path, replies: Path) -> None:
    outputs = [tmp_path / "a.json", tmp_path / "b.json"]
    with pytest.raises(ArgumentError, match="FORMAT=PATH"):
        convert([replies], outputs, ConvertOptions(size=(64, 48), to="coco"))


def test_the_command_takes_several_outputs(tmp_path: Path, replies: Path) -> None:
    words = ["convert", str(replies), "--size", "64x48"]
    done = run(*words, "-o", str(tmp_path / "a.parquet"), "-o", f"coco={tmp_path / 'c.json'}")
    assert done.returncode == 0
    assert (tmp_path / "a.parquet").exists()
    assert (tmp_path / "c.json").exists()
    assert f"{tmp_path / 'a.parquet'}.unmasked.jsonl" in done.stdout
    again = run(*words, "-o", str(tmp_path / "a.parquet"), "-o", str(tmp_path / "a.parquet"))
    assert again.returncode == 2
    assert again.stderr.count("\n") == 1


# Finished outputs.


@pytest.mark.parametrize("output", ["a.parquet", "coco.json", "yolo=labels", "rows", "svg=pictures"])
def test_a_finished_output_is_replaced_only_on_demand(tmp_path: Path, replies: Path, output: str) -> None:
    name, _, path = output.rpartition("=")
    target = f"{name}={tmp_path / path}" if name else str(tmp_path / path)
    convert([replies], [target], OPTIONS)
    other = ConvertOptions(size=(32, 24))
    with pytest.raises(ArgumentError, match="--overwrite"):
        convert([replies], [target], other)
    assert not convert([replies], [target], other, overwrite=True).was_done
    assert {
        record.masks.size for record in exports.read(tmp_path / path, name or None if path != "rows" else "parquet")
    } == {(32, 24)}
    assert convert([replies], [target], other).was_done


def test_overwrite_leaves_what_no_conversion_made(tmp_path: Path, replies: Path) -> None:
    (tmp_path / "mine.parquet").write_text("precious")
    with pytest.raises(ArgumentError, match=r"mine\.parquet"):
        convert([replies], tmp_path / "mine.parquet", OPTIONS, overwrite=True)
    assert (tmp_path / "mine.parquet").read_text() == "precious"

    convert([replies], f"yolo={tmp_path / 'labels'}", OPTIONS)
    stray = tmp_path / "labels" / "labels" / "notes.txt"
    stray.write_text("precious")
    with pytest.raises(ArgumentError, match=r"one with labels/notes\.txt"):
        convert([replies], f"yolo={tmp_path / 'labels'}", OPTIONS, overwrite=True)
    assert stray.read_text() == "precious"


def test_a_report_without_files_is_not_overwritten(tmp_path: Path, replies: Path) -> None:
    convert([replies], f"yolo={tmp_path / 'labels'}", OPTIONS)
    report = tmp_path / "labels.report.json"
    data = orjson.loads(report.read_bytes())
    del data["files"]
    report.write_bytes(orjson.dumps(data))
    assert convert([replies], f"yolo={tmp_path / 'labels'}", OPTIONS).was_done
    with pytest.raises(ArgumentError, match="an older one"):
        convert([replies], f"yolo={tmp_path / 'labels'}", OPTIONS, overwrite=True)


# Other people's files.


@pytest.mark.parametrize("name", ["notes.txt", "00000.txt", "a.tmp", "run.json.bak", "0.parquet", "lock.tmp"])
def test_a_stray_file_among_the_shards_is_named(tmp_path: Path, replies: Path, name: str) -> None:
    parts = tmp_path / "x.parquet.parts"
    parts.mkdir()
    (parts / name).write_text("precious")
    with pytest.raises(ArgumentError, match=f"one with {name}, which no conversion has made"):
        convert([replies], tmp_path / "x.parquet", OPTIONS)
    assert (parts / name).read_text() == "precious"
    assert [entry.name for entry in parts.iterdir()] == [name]


def test_a_folder_of_shards_that_is_a_link_is_refused(tmp_path: Path, replies: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "00000.parquet").write_text("precious")
    (tmp_path / "x.parquet.parts").symlink_to("other")
    with pytest.raises(ArgumentError, match=r"got a link to other - at `.*x\.parquet\.parts`"):
        convert([replies], tmp_path / "x.parquet", OPTIONS)
    assert (tmp_path / "other" / "00000.parquet").read_text() == "precious"


def test_a_link_among_the_shards_is_refused(tmp_path: Path, replies: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("precious")
    parts = tmp_path / "x.parquet.parts"
    parts.mkdir()
    (parts / "new").symlink_to(tmp_path / "other")
    with pytest.raises(ArgumentError, match="one with new"):
        convert([replies], tmp_path / "x.parquet", OPTIONS)
    assert (tmp_path / "other" / "a.txt").exists()


def test_shards_of_nobody_are_refused(tmp_path: Path, replies: Path) -> None:
    parts = tmp_path / "x.parquet.parts"
    parts.mkdir()
    (parts / "00000.parquet").write_text("precious")
    (parts / "run.json").write_text('{"run": {}}')
    with pytest.raises(ArgumentError, match=r"one with 00000\.parquet and without run\.json"):
        convert([replies], tmp_path / "x.parquet", OPTIONS)
    assert (parts / "00000.parquet").read_text() == "precious"


def test_a_file_in_the_place_of_the_shards_is_refused(tmp_path: Path, replies: Path) -> None:
    (tmp_path / "x.parquet.parts").write_text("precious")
    with pytest.raises(ArgumentError, match="got a file"):
        convert([replies], tmp_path / "x.parquet", OPTIONS)


def test_a_folder_with_other_files_is_not_written_into(tmp_path: Path, replies: Path) -> None:
    folder = tmp_path / "labels"
    (folder / "labels").mkdir(parents=True)
    (folder / "labels" / "mine.txt").write_text("precious")
    (folder / ".maskmill").mkdir()
    with pytest.raises(ArgumentError, match="one with labels - at"):
        convert([replies], f"yolo={folder}", OPTIONS)
    shutil.rmtree(folder / ".maskmill")
    with pytest.raises(ArgumentError, match="one that no conversion has made"):
        convert([replies], f"yolo={folder}", OPTIONS)
    assert (folder / "labels" / "mine.txt").read_text() == "precious"


# Reasons.


def test_reasons_keep_names_and_numbers(tmp_path: Path) -> None:
    annotation = {"category_id": 1, "segmentation": [[0, 0, 2, 0, 2, 2]]}
    data = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 8, "height": 8}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"image_id": number, **annotation} for number in (1, 77, 78, "x")],
    }
    (tmp_path / "a.json").write_text(json.dumps(data))
    done = run("convert", str(tmp_path / "a.json"), "-o", str(tmp_path / "x.parquet"), "--strict")
    assert done.returncode == 1
    assert "got 77 - at `image_id in annotations[1]`" in " ".join(done.stdout.split())
    summary = convert([tmp_path / "a.json"], tmp_path / "x.parquet")
    [(reason, count)] = summary.tally.failures.items()
    assert (reason, count) == ("expected the id of an image of the file, got 77 - at `image_id in annotations[1]`", 3)
