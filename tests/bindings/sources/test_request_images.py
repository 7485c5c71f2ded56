"""Images in the requests of a batch."""

from __future__ import annotations

import base64
import io
import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from maskmill.errors import ArgumentError
from maskmill_bindings._images.image_lookup import uri_file_name
from maskmill_bindings._sources import SourceOptions, open_sources
from maskmill_bindings._sources.request_images import find_request_image
from maskmill_bindings._sources.request_index import NO_IMAGE, RequestImage, RequestIndex


def encode_image(size: tuple[int, int], form: str = "PNG", **options: Any) -> str:
    held = io.BytesIO()
    Image.new("RGB", size).save(held, form, **options)
    return base64.b64encode(held.getvalue()).decode()


def inline(size: tuple[int, int], **options: Any) -> dict[str, Any]:
    return {"inlineData": {"mimeType": "image/png", "data": encode_image(size, **options)}}


def request(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": [*parts, {"text": "Segment."}]}]}


def test_the_parts_of_a_request() -> None:
    assert find_request_image(request(inline((40, 24)))) == ("", (40, 24))
    snake = {
        "inline_data": {"mime_type": "image/png", "data": encode_image((40, 24)).translate(str.maketrans("+/", "-_"))}
    }
    assert find_request_image({"contents": {"parts": snake}}) == ("", (40, 24))
    named = {"file_data": {"file_uri": "https://host/v1/files/x7", "display_name": "a.jpg"}}
    assert find_request_image(json.dumps(request(named))) == ("a.jpg", None)


def test_requests_without_exactly_one_image() -> None:
    assert find_request_image(request(inline((40, 24)), inline((5, 5)))) == ("", None)
    assert find_request_image(request({"fileData": {"fileUri": "gs://b/a.pdf", "mimeType": "application/pdf"}})) == (
        "",
        None,
    )
    assert find_request_image(request({"inlineData": {"mimeType": "image/png", "data": "é*"}})) == ("", None)
    for junk in (None, 5, "{", "[]", {"contents": 5}, {"contents": [{"parts": [5]}]}, {"contents": [[]]}):
        assert find_request_image(junk) == ("", None)


def test_a_size_after_a_long_profile() -> None:
    assert find_request_image(request(inline((40, 24), form="JPEG", icc_profile=b"p" * 900_000))) == ("", (40, 24))


def test_a_rotated_image_in_a_request() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert find_request_image(request(inline((40, 24), form="WEBP", exif=exif))) == ("", (24, 40))


def test_names_of_files_in_uris() -> None:
    assert uri_file_name("gs://bucket/a%2F#b.jpg") == "a%2F#b.jpg"
    assert uri_file_name("https://[host/a%2Fb.jpg#?") == "b.jpg"
    assert uri_file_name("") == uri_file_name("https://host/") == ""


def test_requests_are_joined_by_key_in_any_order(tmp_path: Path) -> None:
    keys = [f"k{i}" for i in range(700)]
    random.Random(1).shuffle(keys)
    sizes = {key: (int(key[1:]) + 1, 10) for key in keys}
    asked = [{"key": key, "request": request(inline(sizes[key]))} for key in keys[:40]]
    asked += [{"key": key, "width": sizes[key][0], "height": 10, "image": f"{key}.jpg"} for key in keys[40:]]
    lines = [*map(json.dumps, asked), "broken {", "5", '{"request": {}}']
    (tmp_path / "asked.jsonl").write_text("\n".join(lines))
    random.Random(2).shuffle(keys)
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(json.dumps({"key": key, "reply": "[]"}) for key in [*keys, "other"]))
    options = SourceOptions(requests=str(tmp_path / "asked.jsonl"))
    [source] = open_sources([str(rows)], options)
    with ThreadPoolExecutor(4) as pool:
        found = [e for entries in pool.map(source.entries, source.chunks(None, 9, 999)) for e in entries]
    assert [(e.key, e.size) for e in found[:-1]] == [(key, sizes[key]) for key in keys]
    assert {e.key for e in found if e.image == f"{e.key}.jpg"} == {row["key"] for row in asked[40:]}
    assert found[-1].failure.startswith("no size")


def test_other_requests_are_another_input(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("{}")
    digests = set()
    for width in (5, 6):
        (tmp_path / "asked.jsonl").write_text(json.dumps({"key": "a", "width": width, "height": 9}))
        [source] = open_sources([str(tmp_path / "rows.jsonl")], SourceOptions(requests=str(tmp_path / "asked.jsonl")))
        digests.add(source.identity()["requests"])
        json.dumps(source.identity())
    assert len(digests) == 2


def test_a_row_counts_for_more_than_its_request(tmp_path: Path, read: Any) -> None:
    Image.new("RGB", (7, 8)).save(tmp_path / "a.png")
    rows = [
        {"reply": "[]", "request": request(inline((40, 24)))},
        {"reply": "[]", "request": request(inline((40, 24))), "width": 5, "height": 6},
        {"reply": "[]", "request": request(inline((40, 24))), "image": "a.png"},
        {"reply": "[]", "request": request({"fileData": {"fileUri": "gs://b/a.png"}})},
        {"reply": "[]", "request": request({"fileData": {"fileUri": "gs://b/../a.png"}}), "key": "../a"},
    ]
    found = read("\n".join(map(json.dumps, rows)).encode())
    assert [e.size for e in found] == [(40, 24), (5, 6), (7, 8), (7, 8), (7, 8)]
    assert [e.image for e in found] == ["", "", "a.png", "a.png", "a.png"]


@pytest.mark.parametrize(("content", "message"), [("", "rows with a key, got none"), ('{"request": {}}', "got none")])
def test_requests_without_keys_are_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "asked.jsonl").write_text(content)
    with pytest.raises(ArgumentError, match=message):
        open_sources([], SourceOptions(requests=str(tmp_path / "asked.jsonl")))
    with pytest.raises(ArgumentError, match="a file that exists"):
        open_sources([], SourceOptions(requests=str(tmp_path / "none.jsonl")))


def test_the_later_of_two_requests_counts() -> None:
    index = RequestIndex([("a", RequestImage("1.jpg")), ("b", NO_IMAGE), ("a", RequestImage("2.jpg", (5, 6)))], "x")
    assert index["a"] == RequestImage("2.jpg", (5, 6))
    assert index["b"] == index["c"] == index["'; --"] == NO_IMAGE
