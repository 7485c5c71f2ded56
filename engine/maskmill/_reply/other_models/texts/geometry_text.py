"""Read a reply that is bare geometry: WKT, the data of an SVG path, or a table with ``EncodedPixels``."""

from __future__ import annotations

import re
from typing import Any, Final

from ...._layout import Layout
from ....status import ReplyStatus
from ...items import CollectedItems, Item
from ...known_items import AbsentMask
from .. import _parts

_WKT: Final = re.compile(
    r"\b(?:(?:MULTI)?(?:POLYGON|POINT|LINESTRING)|GEOMETRYCOLLECTION)\s*(?:ZM?|M)?\s*\(\s*[-(.\d]", re.IGNORECASE
)
_AREA: Final = re.compile(r"(?:MULTI)?POLYGON", re.IGNORECASE)
_PATH: Final = re.compile(r"(?<![\w<])[Mm]\s{0,9}[-.\d][MmLlHhVvCcSsQqTtAaZz\d\s,.eE+-]*+")
_DRAWS: Final = re.compile(r"[LlHhVvCcSsQqTtAaZz]")
_PATH_END: Final = re.compile(r"[^Zz\d.]+\Z|\s+[A-Za-z]\Z")
_LEAST: Final = 4
_BRACKETS: Final = re.compile(r"[()]")
_LEAD: Final = re.compile(
    r"\b(?:here|is|are|path|outline|polygon|mask|wkt|svg|d|answer|output|result)\b", re.IGNORECASE
)
_LABEL: Final = re.compile(
    r"(?:\A|\n)[^\S\n]*(?:[-*•]\s|\d{1,3}[.)]\s)?\s*([^\n:,|=]{1,60}?)[*_`]*\s*[:,|=]\s*[\"'`]?\s*\Z"
)
_BEFORE: Final = 100
_TABLE: Final = re.compile(r"\A\s*([^\n]{0,500}\bencoded_?pixels\b[^\n]{0,500})\n", re.IGNORECASE)
_CELL: Final = re.compile(r'"([^"]*)"|([^,;\t]*)')
_NO_RUNS: Final = AbsentMask("nothing", "the line of the table gives no run lengths")
_LAYOUT: Final = Layout(mask_order="xy")


def read(text: str) -> tuple[CollectedItems, ReplyStatus] | None:
    """Return the items of bare geometry; None for any other text.

    >>> collected, _ = read("cup: POLYGON ((0 0, 9 0, 9 9, 0 0))")
    >>> collected.items[0].label, collected.items[0].mask
    ('cup', 'POLYGON ((0 0, 9 0, 9 9, 0 0))')
    """
    table = _TABLE.match(text) if "ncoded" in text[:1000] else None
    if table is not None:
        return _table(table[1], text[table.end() :])
    if text.lstrip()[:1] in ("[", "{"):
        return None
    return _geometries(text) or _paths(text)


# Well-known text and paths.


def _geometries(text: str) -> tuple[CollectedItems, ReplyStatus] | None:
    collected, stop, is_cut = CollectedItems(), 0, False
    has_area = _AREA.search(text) is not None
    for match in _WKT.finditer(text):
        if match.start() < stop or (not has_area and text[: match.start()].strip()):
            continue
        end = _closing(text, match.start())
        label = _label_before(text[stop : match.start()])
        stop, is_cut = end or len(text), end is None
        collected.items.append(_item(text[match.start() : stop], label, "wkt"))
        collected.items[-1].is_mask_open = is_cut
    if not collected.items:
        return None
    return collected, ReplyStatus.TRUNCATED if is_cut else ReplyStatus.OK


def _closing(text: str, start: int) -> int | None:
    """Return the place behind the bracket that closes a geometry; None if the text breaks off before it."""
    depth = 0
    for bracket in _BRACKETS.finditer(text, start):
        depth += 1 if bracket[0] == "(" else -1
        if depth == 0:
            return bracket.end()
    return None


def _paths(text: str) -> tuple[CollectedItems, ReplyStatus] | None:
    collected, stop = CollectedItems(), 0
    for match in _PATH.finditer(text):
        path = _PATH_END.sub("", match[0].rstrip()) if match.end() < len(text) else match[0].rstrip(" \t\r\n,")
        if len(_parts.NUMBERS.findall(path)) < _LEAST or _DRAWS.search(path) is None:
            continue
        collected.items.append(_item(path, _label_before(text[stop : match.start()]), "path"))
        stop = match.end()
    return (collected, ReplyStatus.OK) if collected.items else None


def _label_before(text: str) -> str:
    found = _LABEL.search(text[-_BEFORE:])
    label = _parts.clean_label(found[1]).strip(" *_`\"'") if found else ""
    return "" if _LEAD.search(label) else label


def _item(mask: str, label: str, key: str) -> Item:
    return Item(raw={key: mask, "label": label}, mask=mask, label=label, mask_key=key, layout=_LAYOUT)


# Tables.


def _table(head: str, body: str) -> tuple[CollectedItems, ReplyStatus]:
    names = _cells(head)
    return CollectedItems(
        [_line(names, _cells(line)) for line in body.splitlines() if line.strip(" `")]
    ), ReplyStatus.OK


def _cells(line: str) -> list[str]:
    cells, place = [], 0
    while place <= len(line):
        match = _CELL.match(line, place)
        assert match is not None
        cells.append((match[1] if match[1] is not None else match[2]).strip())
        place = match.end() + 1
    return cells


def _line(names: list[str], cells: list[str]) -> Item:
    raw: dict[str, Any] = dict(zip(names, cells, strict=False))
    folded = {name.lower().replace("_", ""): name for name in names}
    runs = raw.get(folded.get("encodedpixels", ""), "")
    label = next(
        (raw[folded[name]] for name in ("label", "class", "classid", "category") if raw.get(folded.get(name, ""))), ""
    )
    has_runs = runs.strip() not in ("", "-1", "nan", "NaN")
    return Item(raw=raw, mask=runs if has_runs else _NO_RUNS, label=label, mask_key="EncodedPixels" if has_runs else "")
