"""Links, images and anchors lead somewhere, every page can be reached, and none is long."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from docs import links
from docs.links import DOCS, OTHERS, ROOT

README = ROOT / "README.md"
PAGES = links.find_pages()
TEXTS = [*OTHERS, *(page for page in PAGES if page.suffix == ".md")]

MAX_WORDS = 2500
"""Of a page, in prose, tables and code alike."""
MAX_README_LINES = 150


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def find_dead_links(page: Path, text: str) -> list[str]:
    dead = []
    for line, target in links.find_targets(text):
        file, _, anchor = unquote(target).partition("#")
        if "://" in file or file.startswith("mailto:"):
            continue
        leads_to = page.parent / file if file else page
        if not leads_to.exists():
            dead.append(f"{name(page)}:{line}: there is no {file}")
        elif anchor and leads_to.suffix == ".md":
            there = text if leads_to == page else leads_to.read_text(encoding="utf-8")
            if anchor not in links.find_anchors(there):
                dead.append(f"{name(page)}:{line}: {file or 'this page'} has no heading #{anchor}")
    return dead


@pytest.mark.parametrize("page", TEXTS, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    assert find_dead_links(page, page.read_text(encoding="utf-8")) == []


def test_every_page_is_reached_from_the_first() -> None:
    reached, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        entries = links.find_toctrees(page.read_text(encoding="utf-8")) if page.suffix == ".md" else ()
        for line, entry in entries:
            if "://" in entry or entry == "self":
                continue
            base = DOCS / entry[1:] if entry.startswith("/") else page.parent / entry
            ends = ("", ".md", ".ipynb")
            files = [path for end in ends if (path := base.with_name(base.name + end).resolve()).is_file()]
            assert files, f"{name(page)}:{line}: there is no page {entry}"
            waiting += [files[0]] if files[0] not in reached else []
    assert [name(page) for page in PAGES if page not in reached] == []


@pytest.mark.parametrize("page", [README, *(page for page in PAGES if page.suffix == ".md")], ids=name)
def test_no_page_is_long(page: Path) -> None:
    words = [word for word in page.read_text(encoding="utf-8").split() if any(map(str.isalnum, word))]
    assert len(words) <= MAX_WORDS


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= MAX_README_LINES


TEXT = """# Title of `this`, and more

See [a](https://a.org/x_(y)), [b][ref] and <https://b.org>; also https://c.org/p?q=1#r.
![picture](picture.png) [page](other.md#part) <a id="here" href="https://d.org/">d</a>

```sh
curl "https://e.org/e" http://127.0.0.1:8080/x https://api.example.com
```

| table |
| --- |
| [cell](#here) |

## Part
## Part

[ref]: https://f.org
"""


def test_links_of_a_text_are_found() -> None:
    assert list(links.find_targets(TEXT)) == [
        (3, "https://a.org/x_(y)"),
        (3, "https://f.org"),
        (3, "https://b.org"),
        (4, "picture.png"),
        (4, "other.md#part"),
        (4, "https://d.org/"),
        (12, "#here"),
    ]


def test_anchors_of_a_text_are_found() -> None:
    assert links.find_anchors(TEXT) == {"title-of-this-and-more", "here", "part", "part-1"}


def test_dead_links_of_a_text_are_found() -> None:
    text = "[a](#title) [b](no.md)\n[c](#nothing) ![d](docs/index.md) [e](CONTRIBUTING.md#nothing)\n\n# Title\n"
    assert find_dead_links(README, text) == [
        "README.md:1: there is no no.md",
        "README.md:2: this page has no heading #nothing",
        "README.md:2: CONTRIBUTING.md has no heading #nothing",
    ]


def test_toctrees_of_a_text_are_found() -> None:
    text = "# A\n\n```{toctree}\n:hidden:\n\nb/c\nTitle <d>\n```\n"
    assert list(links.find_toctrees(text)) == [(6, "b/c"), (7, "d")]


def test_external_addresses_are_listed_once_with_their_places(tmp_path: Path) -> None:
    page, other = tmp_path / "page.md", tmp_path / "other.md"
    page.write_text(TEXT, encoding="utf-8")
    other.write_text('Home = "https://a.org/x_(y)"\n(https://g.org/), **https://h.org**', encoding="utf-8")
    assert links.list_addresses([page, other]) == {
        "https://a.org/x_(y)": [f"{page}:3", f"{other}:1"],
        "https://b.org": [f"{page}:3"],
        "https://c.org/p?q=1#r": [f"{page}:3"],
        "https://d.org/": [f"{page}:4"],
        "https://e.org/e": [f"{page}:7"],
        "https://f.org": [f"{page}:17"],
        "https://g.org/": [f"{other}:2"],
        "https://h.org": [f"{other}:2"],
    }


def check_with(
    answers: dict[str, str | None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    monkeypatch.setattr(links, "ask", answers.__getitem__)
    return links.check({address: [f"{address}:1"] for address in answers}), capsys.readouterr().out


def test_addresses_that_fail_are_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = check_with({"a": None, "b": "HTTP Error 404", "c": "no answer: x"}, monkeypatch, capsys)
    assert (status, printed) == (
        1,
        "b\n    HTTP Error 404\n    in b:1\nc\n    no answer: x\n    in c:1\n3 addresses, 2 failed\n",
    )


def test_without_a_network_nothing_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = check_with({"a": "no answer: x", "b": "no answer: x"}, monkeypatch, capsys)
    assert status == 0
    assert printed.startswith("not checked: there is no network here, 2 addresses gave no answer: x")
