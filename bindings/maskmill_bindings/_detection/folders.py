"""Tell what a folder holds: one data set, or files of one or more kinds."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .detection import REPLIES, Detection, masks, other
from .files import detect_file

_VOC: Final = ("SegmentationObject", "SegmentationClass", "JPEGImages")
_SPLITS: Final = ("", "train", "valid", "val", "test")
_DATA: Final = (
    *(".json", ".jsonl", ".ndjson", ".jsonlines", ".geojson", ".xml", ".svg", ".parquet", ".arrow", ".feather"),
    *(".npz", ".tar", ".txt", ".text", ".md", ".markdown", ".reply", ".response", ".gz", ".zst", ".bz2"),
)
"""Suffixes of files that can hold masks or replies; others, such as images, are passed over."""

_SAMPLE: Final = 2048
"""Files of one suffix beyond which not each is looked at: opening a million takes a minute."""

_FEW: Final = 8
"""JSON files up to which each may be a panoptic one; of more, those with a folder of their name."""

_PROSE: Final = (".txt", ".text", ".md", ".markdown")
_NOTES: Final = ("readme", "license", "licence", "notes", "classes", "labels", "labelmap", "requirements", "copying")


@dataclass
class FolderContent:
    """What a folder holds.

    Attributes
    ----------
    whole : Detection or None
        The data set that the folder as a whole is; None where its files count one by one.
    files : dict of str to list of Path
        The files by format, ``replies`` among them.
    others : dict of str to Detection
        Files of other tools, by name.
    ignored : list of str
        Names of files that hold no data.
    """

    whole: Detection | None = None
    files: dict[str, list[Path]] = field(default_factory=dict)
    others: dict[str, Detection] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)


def survey_folder(folder: Path) -> FolderContent:
    """Return what a folder holds, by the names in it and the content of its files."""
    with os.scandir(folder) as entries:
        listed = sorted((entry.name, entry.is_dir()) for entry in entries if not entry.name.startswith("."))
    names = {name for name, _ in listed}
    whole = _whole(folder, names)
    if whole is not None:
        return FolderContent(whole)
    content = FolderContent()
    by_suffix: dict[str, list[Path]] = {}
    for name, is_folder in listed:
        if not is_folder:
            by_suffix.setdefault(Path(name).suffix.lower(), []).append(folder / name)
    for suffix, files in by_suffix.items():
        if suffix in _DATA:
            _add_files(content, files)
        else:
            content.ignored += [file.name for file in files]
    _drop_notes(content)
    if not content.files and not content.others and not any(Path(name).suffix.lower() in _DATA for name in names):
        content.whole = _below(folder, [name for name, is_folder in listed if is_folder])
    return content


def _whole(folder: Path, names: set[str]) -> Detection | None:
    """Return the data set that a folder is by the files and folders in it; None for a folder of files."""
    if "index.jsonl" in names and "classes.json" in names and "instances" in names:
        return masks("png-maps", "maps of classes and instances", "`classes.json` beside `instances`")
    if _is_yolo(folder, names):
        return masks("yolo", "a YOLO data set", "labels beside images")
    if "index.jsonl" in names and b'"rows":' in _head(folder / "index.jsonl"):
        return masks("png", "pictures of masks", "`index.jsonl`")
    if any(name in names for name in _VOC[:2]) or {"Annotations", "JPEGImages"} <= names:
        return other("Pascal VOC", f"the folder {next(name for name in (*_VOC, 'Annotations') if name in names)}")
    listed = [name for name in sorted(names) if name.endswith(".json")]
    likely = listed if len(listed) <= _FEW else [name for name in listed if Path(name).stem in names]
    panoptic = [name for name in likely if _is_panoptic(folder, name)]
    if panoptic:
        return masks("coco-panoptic", "COCO's panoptic data set", f"`segments_info` in {panoptic[0]}")
    return None


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(1 << 16)


def _is_yolo(folder: Path, names: set[str]) -> bool:
    """Whether a folder has labels of YOLO: in folders called so, or beside the images."""
    for split in _SPLITS:
        place = folder / split
        if (place / "labels").is_dir() and ((place / "images").is_dir() or "data.yaml" in names):
            return True
    described = [name for name in names if name.endswith((".yaml", ".yml"))]
    if any(detect_file(folder / name).format == "yolo" for name in described):
        return True
    stems = {Path(name).stem for name in names if name.endswith(".txt")} - set(_NOTES)
    pictures = {Path(name).stem for name in names if Path(name).suffix.lower() in (".jpg", ".jpeg", ".png", ".bmp")}
    both = sorted(stems & pictures)[:8]
    return bool(both) and all("YOLO" in detect_file(folder / f"{stem}.txt").name for stem in both)


def _is_panoptic(folder: Path, name: str) -> bool:
    return detect_file(folder / name).format == "coco-panoptic"


def _add_files(content: FolderContent, files: list[Path]) -> None:
    """Add the files of one suffix. Of very many, some are looked at, and the others only if these are not all alike."""
    step = max(len(files) // _SAMPLE, 1)
    sample = {detect_file(file).format for file in files[::step]} if step > 1 else set()
    if len(sample) == 1 and "" not in sample:
        content.files.setdefault(sample.pop(), []).extend(files)
        return
    for file in files:
        found = detect_file(file)
        if found.format:
            content.files.setdefault(found.format, []).append(file)
        else:
            content.others[file.name] = found


def _drop_notes(content: FolderContent) -> None:
    """Pass over texts such as README.txt, where a folder holds masks: replies in prose come in folders of replies."""
    if not set(content.files) - {REPLIES}:
        return
    replies = content.files.pop(REPLIES, [])
    notes = [file for file in replies if file.suffix.lower() in _PROSE and file.stem.lower() in _NOTES]
    content.ignored += [file.name for file in notes]
    kept = [file for file in replies if file not in notes]
    if kept:
        content.files[REPLIES] = kept


def _below(folder: Path, folders: list[str]) -> Detection | None:
    """Return the format of a folder whose files are in folders below it, as LabelMe's may be."""
    found = {detect_file(file).format for name in folders for file in sorted((folder / name).glob("*.json"))[:8]}
    return masks("labelme", "folders of LabelMe's files", "`shapes`") if found == {"labelme"} else None
