"""The replies that are decoded: the package's samples, the shared corpus and cases, and generated ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from maskmill import samples

from .generated_replies.replies import generate


class Input(NamedTuple):
    """A reply, its name in the record, and the size of its image."""

    name: str
    reply: Any
    size: tuple[int, int]


def all_inputs(shared: Path, count: int) -> list[Input]:
    """Every input; what the shared folder would give is missing where there is none."""
    made = [Input(*row) for row in generate(count)]
    return [*of_samples(), *of_corpus(shared / "corpus"), *of_cases(shared / "cases"), *made]


def of_samples() -> Iterator[Input]:
    """The package's own replies, and its mixed one."""
    yield Input("sample mixed", samples.mixed(), samples.SIZE)
    for sample in samples.samples():
        yield Input(f"sample {sample.name}", sample.text, samples.SIZE)
    yield Input("sample composed", samples.compose([(shape, "ring_holes") for shape in samples.SHAPES]), samples.SIZE)


def of_corpus(folder: Path) -> Iterator[Input]:
    """What real models wrote: whole replies, and each item as a separate reply."""
    if not folder.is_dir():
        return
    yield Input("corpus cookbook", (folder / "cookbook_reply.txt").read_text(), (1024, 768))
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text().splitlines()):
            yield Input(f"corpus {path.stem} {number}", json.loads(line)["text"], (800, 600))
    for path in sorted(folder.glob("*.json")):
        for number, item in enumerate(json.loads(path.read_text())):
            yield Input(f"corpus {path.stem} {number}", _as_reply(item), (640, 480))


def _as_reply(item: dict[str, Any]) -> str:
    """An item of the corpus as a text that a model may have written."""
    if "loc" in item:
        words = [f"<loc{value:04}>" for value in item["loc"]] + [f"<seg{value:03}>" for value in item["seg"]]
        return "".join(words) + " cat"
    numbers = item.get("seg") or item.get("tokens")
    if numbers is not None:
        mask = "<start_of_mask>" + "".join(f"<seg_{value}>" for value in numbers)
        return json.dumps([{"box_2d": item.get("token_box", [100, 100, 900, 900]), "mask": mask, "label": "cup"}])
    return json.dumps([item.get("item", item)])


def of_cases(folder: Path) -> Iterator[Input]:
    """Cases of the shared folder that are decoded."""
    if not folder.is_dir():
        return
    for case in json.loads((folder / "cases.json").read_text()):
        if case["run"] == "decode":
            text = (folder / case["input"]).read_text()
            yield Input(f"case {case['id']}", text, tuple(case["size"]))
            yield Input(f"case {case['id']} small", text, (20, 10))
