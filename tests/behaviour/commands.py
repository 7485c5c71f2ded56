"""What commands print and write: each a text of its words, status, output, errors and files."""

from __future__ import annotations

import argparse
import shlex
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from . import lines
from .run import emulator, normal, run
from .workplace import furnish

_TEXTS = (".json", ".jsonl", ".txt", ".yaml", ".xml", ".csv")
_LONG = 20_000
_UNSTABLE = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".lock")
"""Files with times in them, or of processes: only their names are recorded."""


class Step(NamedTuple):
    """One command of a group, whose commands share a folder and follow one another."""

    words: list[str]
    stdin: Path | None = None


def record(out: Path, chosen: argparse.Namespace) -> None:
    """Run every group of commands, two at a time, and write a text for each."""
    folder = out / "commands"
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="maskmill-behaviour-") as temporary, emulator() as url:
        place = Path(temporary)
        furnish(place / "in", chosen.shared)
        groups = {n: g for n, g in lines.groups(place / "in", url).items() if fnmatch(n, chosen.groups)}
        with ThreadPoolExecutor(2) as pool:
            texts = pool.map(partial(_group, place), groups.items())
            for name, text in zip(groups, texts, strict=True):
                (folder / f"{name}.txt").write_text(text, "utf-8", "backslashreplace")


def _group(place: Path, group: tuple[str, list[str]]) -> str:
    name, commands = group
    folder = place / name
    folder.mkdir()
    results = [_ran(folder, _step(line, place / "in")) for line in commands]
    return "\n".join([*results, files_of(folder)])


def _step(line: str, inputs: Path) -> Step:
    """The words of a line; ``< FILE`` at its end is the standard input."""
    line, _, stdin = line.partition(" < ")
    return Step(shlex.split(line), inputs.parent / stdin.removeprefix("../") if stdin else None)


def _ran(folder: Path, step: Step) -> str:
    stdin = step.stdin.read_bytes() if step.stdin else b""
    result = run(step.words, folder, stdin)
    words = normal(shlex.join(step.words))
    parts = [f"$ maskmill {words}", f"status {result.status}", "--- stdout", result.stdout, "--- stderr", result.stderr]
    return "\n".join(parts)


def files_of(folder: Path) -> str:
    """Digests of all files in a folder, then the texts of the short ones."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    listed = ["--- files"]
    texts = []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if path.suffix in _UNSTABLE or ".owners" in name:
            listed.append(f"{'#':64} {name.partition('.owners')[0]}")
            continue
        data = path.read_bytes()
        is_text = path.suffix in _TEXTS
        data = normal(data).encode("utf-8", "backslashreplace") if is_text else data
        listed.append(f"{sha256(data).hexdigest()} {name}")
        if is_text and len(data) <= _LONG:
            texts += [f"--- {name}", data.decode("utf-8", "backslashreplace")]
    return "\n".join([*dict.fromkeys(listed), *texts, ""])
