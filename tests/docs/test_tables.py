"""The tables of the documentation are those of today, and name everything that there is."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import maskmill
from docs.tables import PAGES, ROOT, TABLES, fill, names_in
from maskmill.samples import SIZE, mixed
from maskmill_bindings import convert, emulator, exports, genai, service
from support.repository import SOURCES

API = sorted((ROOT / "docs/reference/api").glob("*.md"))
PUBLIC = (maskmill, maskmill.codebooks, maskmill.samples, exports, convert, emulator, service)
FILES = (ROOT / "docs/reference/files.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [p for p in PAGES if names_in(p.read_text(encoding="utf-8"))], ids=lambda p: p.stem)
def test_tables_are_those_of_today(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == fill(text), "run: python -m docs.tables"


def test_every_table_stands_in_a_page() -> None:
    assert sorted(name for page in PAGES for name in names_in(page.read_text(encoding="utf-8"))) == sorted(TABLES)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_every_table_has_an_end(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    starts, ends = text.count("<!-- table: "), text.count("<!-- end of table -->")
    assert starts == ends == len(names_in(text))


def test_a_table_without_an_end_takes_nothing_of_the_next() -> None:
    text = "<!-- table: limits -->\n\nwords\n\n<!-- table: formats -->\n<!-- end of table -->\n"
    assert names_in(text) == ["formats"]
    assert fill(text).startswith("<!-- table: limits -->\n\nwords\n\n<!-- table: formats -->\n\n| ")


def test_tables_do_not_depend_on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: table() for name, table in TABLES.items()}
    for year in (2025, 2030):
        monkeypatch.setattr("maskmill._model_ends.today", lambda year=year: date(year, 1, 1))
        assert {name: table() for name, table in TABLES.items()} == before


def test_an_unknown_table_is_an_error() -> None:
    with pytest.raises(KeyError, match="no-such"):
        fill("<!-- table: no-such -->\n<!-- end of table -->\n")


@pytest.mark.parametrize("module", PUBLIC, ids=lambda m: m.__name__)
def test_every_public_name_is_in_the_reference(module: object) -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in API)
    prefix = module.__name__  # type: ignore[attr-defined]
    modules = ("codebooks", "errors", "samples")
    missing = [
        name
        for name in module.__all__  # type: ignore[attr-defined]
        if name not in modules and f":: {prefix}.{name}\n" not in text and f"`{name}`" not in text
    ]
    assert missing == []


def test_every_name_of_the_client_is_in_the_reference() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in API)
    names = genai.__all__
    assert [n for n in names if f":: maskmill_bindings.genai.{n}\n" not in text and f"`{n}`" not in text] == []


def test_every_member_of_masks_is_in_the_reference() -> None:
    text = " ".join((ROOT / "docs/reference/api/masks.md").read_text(encoding="utf-8").split())
    listed = text.partition(":members: ")[2].partition(" ```")[0].split(", ")
    made = (ROOT / "docs/reference/api/masks-made.md").read_text(encoding="utf-8")
    listed += re.findall(r"maskmill\.Masks\.(\w+)", made)
    assert sorted(listed) == [name for name in dir(maskmill.Masks) if not name.startswith("_")]


def test_no_object_is_described_twice() -> None:
    described = re.findall(r"^\.\. auto\w+:: (\S+)$", "\n".join(page.read_text() for page in API), re.MULTILINE)
    assert sorted(described) == sorted(set(described))


def test_every_variable_of_the_environment_is_named() -> None:
    page = (ROOT / "docs/reference/environment.md").read_text(encoding="utf-8")
    read = {name for source in SOURCES for path in (ROOT / source).rglob("*.py") for name in variables_in(path)}
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == read
    assert read >= {"NUMBA_CACHE_DIR", "MASKMILL_WIDTH", "MASKMILL_CODEBOOK", "GEMINI_API_KEY"}


def variables_in(path: Path) -> Iterator[str]:
    """Yield the upper-case texts of a module that uses the environment, which are names of variables."""
    source = path.read_text(encoding="utf-8")
    if "environ" in source:
        constants = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
        texts = [value for value in constants if isinstance(value, str)]
        yield from (text for text in texts if re.fullmatch(r"[A-Z]+(_[A-Z]+)+|LOCALAPPDATA", text))


def documented_keys(heading: str) -> set[str]:
    """Return the keys in the tables below a heading of reference/files.md."""
    section = FILES.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {key for row in rows for key in re.findall(r"`(\w+)`", row)}


def test_fields_of_inspect() -> None:
    written = maskmill.inspect(mixed(), SIZE).to_dict()
    assert documented_keys("inspect --json") == {*written, *written["rows"][0]} - {"rle", "item"}


def test_fields_of_the_list_of_rows_without_a_mask(tmp_path: Path) -> None:
    source = tmp_path / "replies.jsonl"
    source.write_text(json.dumps({"key": "a", "reply": mixed()}) + "\n", encoding="utf-8")
    convert.convert(source, tmp_path / "masks.parquet", convert.ConvertOptions(size=SIZE))
    [line] = (tmp_path / "masks.parquet.unmasked.jsonl").read_text(encoding="utf-8").splitlines()
    assert documented_keys("The list of rows without a mask") == set(json.loads(line))
    assert {"index", "label", "status", "reason"} == set(json.loads(line)["reasons"][0])


def test_fields_of_the_report_of_convert(tmp_path: Path) -> None:
    source = tmp_path / "replies.jsonl"
    source.write_text(json.dumps({"key": "a", "reply": mixed()}) + "\n", encoding="utf-8")
    convert.convert(source, tmp_path / "masks.parquet", convert.ConvertOptions(size=SIZE))
    written = json.loads((tmp_path / "masks.parquet.report.json").read_text(encoding="utf-8"))
    convert.convert(source, tmp_path / "masks", convert.ConvertOptions(size=SIZE))
    of_folder = json.loads((tmp_path / "masks.report.json").read_text(encoding="utf-8"))
    assert documented_keys("The report of convert") == {*written, *of_folder, *written["tally"]}


def test_fields_of_replies_and_of_the_report_of_segment(tmp_path: Path) -> None:
    pytest.importorskip("google.genai")
    photos = emulator.write_images(tmp_path / "photos", 1)
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"no picture")
    with emulator.Emulator() as server:
        job = genai.SegmentConfig(api_key="any", base_url=server.url)
        genai.segment([*photos, tmp_path / "photos" / "broken.jpg"], tmp_path / "run", genai.Plan(prompt="all"), job)
    lines = (tmp_path / "run" / "replies.jsonl").read_text(encoding="utf-8").splitlines()
    written = {key for line in lines for key in json.loads(line)}
    assert documented_keys("replies.jsonl") == written
    report = json.loads((tmp_path / "run" / "report.json").read_text(encoding="utf-8"))
    assert documented_keys("The report of segment") == {*report, *report["cost"]}
