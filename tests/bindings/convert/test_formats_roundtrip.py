"""Every format as the target and as the source of a conversion: the masks survive both ways."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import maskmill
from maskmill.samples import mixed
from maskmill_bindings import exports
from maskmill_bindings.convert import ConvertOptions, convert
from maskmill_bindings.exports import FORMATS, LossWarning
from maskmill_bindings.record import Record
from support.tiers import spread

SIZE = (960, 640)
HOLE = '{"outer": [[100, 100], [500, 100], [500, 500], [100, 500]], "holes": [[[200, 200], [300, 200], [250, 300]]]}'
REPLIES = {"first": mixed(), "second": f'[{{"box_2d": [100, 100, 500, 500], "mask": {HOLE}, "label": "frame"}}]'}
EXACT = [name for name, known in FORMATS.items() if known.keeps_parts and known.keeps_overlaps and known.keeps_labels]
"""Formats from which every mask is read back as it was, with its label."""


@pytest.fixture
def replies(tmp_path: Path) -> Path:
    file = tmp_path / "replies.jsonl"
    rows = [{"key": key, "reply": reply, "image": f"{key}.jpg"} for key, reply in REPLIES.items()]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def output_of(folder: Path, name: str) -> Path:
    known = FORMATS[name]
    return folder / ("out" if known.is_folder else f"out{known.file_suffixes[0]}")


def pixels(records: list[Record], united: bool) -> dict[str, object]:
    """Return the masks of each image in comparable form; `united`: their union only."""
    masks = {}
    for record in records:
        drawn = record.masks[record.masks.areas > 0]
        rles = [rle["counts"] for rle in drawn.coco()]
        masks[Path(record.name).stem] = drawn.union()["counts"] if united else sorted(rles)
    return masks


@pytest.mark.filterwarnings("ignore::maskmill_bindings.exports.LossWarning")
@pytest.mark.parametrize("name", FORMATS)
def test_masks_are_written_and_read_back(tmp_path: Path, replies: Path, name: str) -> None:
    output = output_of(tmp_path, name)
    summary = convert([replies], output, ConvertOptions(to=name, size=SIZE))
    assert summary.tally.masks == 7
    read = exports.module_of(name).read
    records = list(read(output))
    expected = [Record(key, maskmill.decode(reply, SIZE), f"{key}.jpg") for key, reply in REPLIES.items()]
    united = not (FORMATS[name].keeps_parts and FORMATS[name].keeps_overlaps)
    if not FORMATS[name].keeps_labels:
        assert list(pixels(records, united).values()) == list(pixels(expected, united).values())
    else:
        assert pixels(records, united) == pixels(expected, united)
        labels = {label for r in records for label in r.masks.labels}
        assert labels >= {"frame"}


@pytest.mark.filterwarnings("ignore::maskmill_bindings.exports.LossWarning")
@pytest.mark.parametrize("name", EXACT)
def test_from_one_format_to_another(tmp_path: Path, replies: Path, name: str) -> None:
    first = output_of(tmp_path, name)
    convert([replies], first, ConvertOptions(to=name, size=SIZE))
    convert([first], tmp_path / "again.parquet", ConvertOptions(source=name))
    records = list(exports.read(tmp_path / "again.parquet"))
    expected = [Record(key, maskmill.decode(reply, SIZE), f"{key}.jpg") for key, reply in REPLIES.items()]
    assert pixels(records, False) == pixels(expected, False)


@pytest.mark.filterwarnings("ignore::maskmill_bindings.exports.LossWarning")
@pytest.mark.parametrize("name", spread(["coco", "geojson", "webdataset", "cvat", "arrow"], 2))
def test_a_folder_holds_one_file_per_shard(tmp_path: Path, name: str) -> None:
    file = tmp_path / "replies.jsonl"
    ring = '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]'
    file.write_text("".join(json.dumps({"key": f"k{i}", "reply": ring}) + "\n" for i in range(600)))
    summary = convert([file], tmp_path / "out", ConvertOptions(to=name, size=SIZE, shard_rows=256))
    assert len(summary.files) == 3
    module = exports.module_of(name)
    assert [r.key.split(".")[0] for f in summary.files for r in module.read(f)] == [f"k{i}" for i in range(600)]


@pytest.mark.filterwarnings("ignore::maskmill_bindings.exports.LossWarning")
def test_numbers_of_coco_shards_do_not_collide(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    rows = [{"key": f"k{i}", "reply": mixed() if i % 5 == 0 else "[]"} for i in range(600)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    summary = convert([file], tmp_path / "out", ConvertOptions(to="coco", size=SIZE, shard_rows=256))
    shards = [json.loads(f.read_bytes()) for f in summary.files]
    images = [image["id"] for shard in shards for image in shard["images"]]
    masks = [annotation["id"] for shard in shards for annotation in shard["annotations"]]
    assert images == list(range(1, 601))
    assert len(set(masks)) == len(masks) == 120 * 5
    assert len({json.dumps(shard["categories"]) for shard in shards}) == 1


@pytest.mark.filterwarnings("ignore::maskmill_bindings.exports.LossWarning")
@pytest.mark.parametrize("with_report", [True, False])
@pytest.mark.parametrize("name", EXACT)
def test_a_folder_is_detected_and_read_back(tmp_path: Path, replies: Path, name: str, with_report: bool) -> None:
    convert([replies], tmp_path / "out", ConvertOptions(to=name, size=SIZE))
    if not with_report:
        (tmp_path / "out.report.json").unlink()
    convert([tmp_path / "out"], tmp_path / "again.parquet")
    records = list(exports.read(tmp_path / "again.parquet"))
    expected = [Record(key, maskmill.decode(reply, SIZE), f"{key}.jpg") for key, reply in REPLIES.items()]
    assert pixels(records, False) == pixels(expected, False)


def test_a_loss_is_warned_of_once(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    twice = '[{"mask": [[0, 0], [500, 0], [500, 500]]}, {"mask": [[0, 0], [500, 0], [500, 500]]}]'
    file.write_text("".join(json.dumps({"key": key, "reply": twice}) + "\n" for key in "ab"))
    with pytest.warns(LossWarning, match="masks overlap") as warned:
        convert([file], tmp_path / "out", ConvertOptions(to="coco-panoptic", size=SIZE))
    assert len(warned) == 1
