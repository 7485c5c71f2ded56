"""The links of the documentation: ``python -m docs.links`` lists every external address, ``--check`` asks each.

The addresses are those of README.md, CONTRIBUTING.md, CHANGELOG.md, the pages of docs/ and pyproject.toml.
"""

from __future__ import annotations

import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"
PAGES: Final = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
"""The pages in Markdown whose tables are written and whose examples run."""

OTHERS: Final = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]

_ADDRESS: Final = re.compile(r"https?://[^\s<>\[\]{}\"'`|…\\]+")
_LOCAL: Final = re.compile(r"https?://(localhost|127\.0\.0\.1|0\.0\.0\.0|[\w.-]*\bexample(\.\w+)?)(?=[:/]|$)")
_IN_HTML: Final = re.compile(r'\b(?:href|src)="([^"]+)"')
_ID_IN_HTML: Final = re.compile(r'\b(?:id|name)="([^"]+)"')


def find_pages() -> list[Path]:
    """Return the pages of the site, notebooks among them, in alphabetical order."""
    return sorted(path for kind in ("md", "ipynb") for path in DOCS.rglob(f"*.{kind}"))


def find_targets(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and target of every link and image of a page, in Markdown or in HTML."""
    for token, line in _walk(text):
        if token.type == "link_open":
            yield line, str(token.attrs["href"])
        elif token.type == "image":
            yield line, str(token.attrs["src"])
        elif token.type in ("html_block", "html_inline"):
            for match in _IN_HTML.finditer(token.content):
                yield line + token.content.count("\n", 0, match.start()), match[1]


def find_anchors(text: str) -> set[str]:
    """Return the anchors of a page by the rule of GitHub, which MyST shares, and the ids in its HTML."""
    anchors: set[str] = set()
    is_title = False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if is_title:
            slug = base = make_slug(
                "".join(c.content for c in token.children or [] if c.type in ("text", "code_inline"))
            )
            number = 0
            while slug in anchors:
                number += 1
                slug = f"{base}-{number}"
            anchors.add(slug)
        anchors.update(_ID_IN_HTML.findall(token.content) if "<" in token.content and token.type != "fence" else [])
        is_title = token.type == "heading_open"
    return anchors


def make_slug(title: str) -> str:
    """Return the anchor of a title: lower case, hyphens for blanks, no punctuation."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def find_toctrees(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and target of each entry of the toctrees of a page."""
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "fence" and token.map and token.info.strip() == "{toctree}":
            for line, entry in enumerate(map(str.strip, token.content.splitlines()), token.map[0] + 2):
                if entry and not entry.startswith(":"):
                    named = re.fullmatch(r".*<(.+)>", entry)
                    yield line, named[1] if named else entry


def find_addresses(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and address of everything external that a text names, in code too; no local or example hosts."""
    for number, line in enumerate(text.splitlines(), 1):
        for address in map(_without_end, _ADDRESS.findall(line)):
            if not _LOCAL.match(address):
                yield number, address


def list_addresses(files: Iterable[Path]) -> dict[str, list[str]]:
    """Return every external address once, with the places where it is used as ``file:line``."""
    places: dict[str, list[str]] = {}
    for path in files:
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        for line, address in find_addresses(path.read_text(encoding="utf-8")):
            places.setdefault(address, []).append(f"{name}:{line}")
    return dict(sorted(places.items()))


def ask(address: str) -> str | None:
    """Return what is wrong with an address, or None; without a network the error is an `OSError`."""
    error: Exception | None = None
    for method in ("HEAD", "GET"):
        request = urllib.request.Request(address, method=method, headers={"User-Agent": "Mozilla/5.0 (maskmill docs)"})
        try:
            with urllib.request.urlopen(request, timeout=10):
                return None
        except urllib.error.HTTPError as answer:
            error = answer
            answer.close()
        except (OSError, ValueError) as reason:
            error = reason
    return str(error) if isinstance(error, urllib.error.HTTPError) else f"no answer: {error}"


def check(addresses: dict[str, list[str]]) -> int:
    """Ask every address, print those that fail, and return the exit status."""
    with ThreadPoolExecutor(8) as pool:
        answers = dict(zip(addresses, pool.map(ask, addresses), strict=True))
    failed = {address: reason for address, reason in answers.items() if reason}
    if failed and all((answers[address] or "").startswith("no answer") for address in addresses):
        print(f"not checked: there is no network here, {len(failed)} addresses gave {next(iter(failed.values()))}")
        return 0
    for address, reason in failed.items():
        print(f"{address}\n    {reason}\n    in {', '.join(addresses[address])}")
    print(f"{len(addresses)} addresses, {len(failed)} failed")
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    """List or check the external addresses."""
    addresses = list_addresses([*OTHERS, *find_pages(), ROOT / "pyproject.toml"])
    if arguments == ["--check"]:
        return check(addresses)
    for address, places in addresses.items():
        print(f"{address}\n    in {', '.join(places)}")
    return 0


def _walk(text: str) -> Iterator[tuple[Token, int]]:
    """Yield the tokens of a page, those within paragraphs too, with their lines."""
    line = 1
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        line = token.map[0] + 1 if token.map else line
        inner = line
        for child in token.children or []:
            yield child, inner
            inner += child.type in ("softbreak", "hardbreak")
        yield token, line


def _without_end(address: str) -> str:
    """Take off what ends a sentence, and a bracket that was opened before the address."""
    before = ""
    while before != address:
        before, address = address, address.rstrip(".,;:!?*_")
        if address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1]
    return address


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
