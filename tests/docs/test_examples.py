"""Every example of README.md and of docs/ runs as it stands, and gives the output that stands below it.

`support.docs.pages` has the languages of blocks, `support.docs.examples` runs them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.docs.pages import PAGES, ROOT, find_mistakes, find_skips, is_thorough
from support.tiers import thorough

pytest.importorskip("sybil")
if shutil.which("bash") is None:
    pytest.skip("commands of the pages need bash", allow_module_level=True)

from numba import config

from support.docs.examples import run_page

WITHOUT_JIT = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="long commands take minutes with the JIT off")


def as_parameter(page: Path) -> object:
    is_long = is_thorough(page.read_text(encoding="utf-8"))
    return pytest.param(page, id=name(page), marks=[thorough, WITHOUT_JIT] if is_long else [])


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [as_parameter(page) for page in PAGES])
def test_examples_run_as_they_stand(page: Path, tmp_path: Path) -> None:
    if failures := run_page(page, tmp_path):
        pytest.fail("\n".join(failures), pytrace=False)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_nothing_escapes(page: Path) -> None:
    assert find_mistakes(page.read_text(encoding="utf-8")) == []


def test_every_skip_has_a_reason() -> None:
    skips = [(name(page), *skip) for page in PAGES for skip in find_skips(page.read_text(encoding="utf-8"))]
    print(*(f"{page}:{line}: {reason}" for page, line, reason in skips), sep="\n")
    assert [skip for skip in skips if not skip[-1]] == []
