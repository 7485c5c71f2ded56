"""The code blocks of a page of documentation, and which of them would escape the tests.

Languages that are run: `python`, `sh` and `console`. A block after ``<!-- file: NAME -->`` is written to a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from docs.links import PAGES, ROOT

__all__ = ["PAGES", "ROOT", "find_blocks", "find_mistakes", "find_skips", "is_thorough"]

RUN: Final = ("python", "sh", "console")
DATA: Final = ("text", "json", "toml", "yaml", "csv", "xml", "dockerfile", "html")
WITH_MARKDOWN: Final = re.compile(r"\{(note|tip|hint|important|warning|caution|attention|seealso|admonition)\}.*")
WITHOUT_CODE: Final = re.compile(r"\{(toctree|eval-rst|image|figure|include|contents|csv-table|list-table)\}.*")

_FILE: Final = re.compile(r"\s*<!-- file: (\S+) -->\s*")
_SKIP: Final = re.compile(r'<!-- skip: (?:end|(?:next|start) (?:"([^"]+)"|if\(.+, "([^"]+)"\))) -->')
_PROMPT: Final = re.compile("^>>> ", re.MULTILINE)
_COMMAND: Final = re.compile(r"^ *(\$|>>>) ", re.MULTILINE)
_BEGINS_WITH_PROMPT: Final = re.compile("(#.*\n|\n)*>>> ")


class Block(NamedTuple):
    """A code block; `first` and `last` are the lines of its fences, counted from 1."""

    language: str
    source: str
    first: int
    last: int
    file: str | None

    @property
    def is_session(self) -> bool:
        """Whether the block is Python with prompts and outputs."""
        return self.language == "python" and re.search(_PROMPT, self.source) is not None


def _walk(text: str, lines_before: int = 0) -> Iterator[tuple[Token, int]]:
    """Yield the tokens of a page with the number of their first line, those within admonitions too."""
    for token in MarkdownIt("commonmark").parse(text):
        line = lines_before + token.map[0] + 1 if token.map else 0
        if token.type == "fence" and WITH_MARKDOWN.fullmatch(token.info.strip()):
            yield from _walk(token.content, line)
        else:
            yield token, line


def find_blocks(text: str) -> Iterator[Block]:
    """Yield the code blocks of a page in order; indented ones have no language."""
    for (before, _), (token, first) in pairwise([(Token("", "", 0), 0), *_walk(text)]):
        language = token.info.strip()
        if token.type in ("fence", "code_block") and token.map and not WITHOUT_CODE.fullmatch(language):
            file = _FILE.fullmatch(before.content) if before.type == "html_block" else None
            yield Block(language, token.content, first, first + token.map[1] - token.map[0] - 1, file and file[1])


def find_comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each line of HTML that stands by itself."""
    for token, first in _walk(text):
        if token.type == "html_block":
            yield from enumerate(map(str.strip, token.content.splitlines()), first)


def find_skips(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and reason of each skip; the reason is empty where none is given."""
    for number, line in find_comments(text):
        if re.match(r"<!-+\s*;?\s*skip", line) and "skip: end" not in line:
            skip = _SKIP.fullmatch(line)
            yield number, (skip[1] or skip[2] or "") if skip else ""


def is_thorough(text: str) -> bool:
    """Tell whether a page is left to `--all`: ``<!-- thorough -->`` stands in its first lines."""
    return "<!-- thorough -->" in text.splitlines()[:5]


def find_mistakes(text: str) -> list[str]:
    """Return what keeps parts of a page from being tested, each as ``line N: …``."""
    blocks = list(find_blocks(text))
    mistakes = [(block.first, mistake) for block in blocks if (mistake := _mistake_in(block))]
    mistakes += [
        (number, 'a skip needs a reason: <!-- skip: next "reason" -->') for number, why in find_skips(text) if not why
    ]
    comments = list(find_comments(text))
    mistakes += [(number, "a block of code in HTML is not run") for number, line in comments if re.search("<pre", line)]
    named = [number for number, line in comments if re.match(r"<!-+\s*file", line)]
    if len(named) > sum(block.file is not None for block in blocks):
        mistakes.append((named[0], "a file needs a block directly below: <!-- file: NAME -->"))
    return [f"line {number}: {mistake}" for number, mistake in sorted(mistakes)]


def _mistake_in(block: Block) -> str | None:
    if block.file is not None:
        is_inside = not Path(block.file).is_absolute() and ".." not in Path(block.file).parts
        return None if is_inside else f"{block.file} is outside of the page's folder"
    if block.language not in (*RUN, *DATA):
        name = f"`{block.language}`" if block.language else "a block without a language"
        return f"{name} is not run: use {', '.join(RUN)}, or for what cannot be run {', '.join(DATA)}"
    if block.language in DATA and _COMMAND.search(block.source):
        return f"commands in a block of {block.language} are not run: use console or python"
    if block.language == "console" and not block.source.startswith("$ "):
        return "a block of console begins with `$ ` and a command"
    if block.is_session and not _BEGINS_WITH_PROMPT.match(block.source):
        return "code before the first `>>> ` is not run"
    if block.is_session and re.search("^NameError: ", block.source, re.MULTILINE):
        return "a NameError is no output to document"
    return None
