"""The site builds without a warning, holds every page as Markdown too, and works in a browser, wide and narrow."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from filelock import FileLock

from docs.links import DOCS, ROOT, find_pages
from docs.screenshots import WIDTHS, open_browser, serve
from support.tiers import thorough

pytestmark = thorough

NAMES = [page.relative_to(DOCS).with_suffix("").as_posix() for page in find_pages()]
GENERATED = ["search", "genindex"]
WARNINGS = "site-warnings.txt"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site; processes that test it side by side build it once."""
    for module in ("sphinx", "furo", "myst_nb", "sphinx_copybutton", "sphinx_llm"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"the site is built with {module}, which is not installed: pip install 'maskmill[docs]'")
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    built = root / "site"
    with FileLock(root / "site.lock"):
        if not (root / WARNINGS).exists():
            options = ["-q", "-W", "--keep-going", "-d", str(root / "doctrees")]
            command = [sys.executable, "-m", "sphinx", *options, str(DOCS), str(built)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            (root / WARNINGS).write_text(f"{done.stdout}{done.stderr}" if done.returncode else "", encoding="utf-8")
    return built


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with serve(site) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("the browser is driven by playwright, which is not installed: pip install 'maskmill[docs]'")
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium on the path")
    with open_browser() as opened:
        yield opened


class Html(HTMLParser):
    """Collects the ids, the targets and the text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what leads somewhere, and where it can lead to."""
        for key, value in attrs:
            if value and key == "id":
                self.ids.add(value)
            elif value and key in ("href", "src"):
                self.targets.append(value)


def test_the_site_builds_without_a_warning(site: Path) -> None:
    if warnings := (site.parent / WARNINGS).read_text(encoding="utf-8"):
        pytest.fail(warnings, pytrace=False)


def test_every_page_has_its_markdown_beside_it(site: Path) -> None:
    missing = [
        f"{name}{end}"
        for name in NAMES
        for end in (".html", ".html.md", ".md")
        if not (site / f"{name}{end}").is_file()
    ]
    assert missing == []


def test_every_page_stands_in_the_list_for_models(site: Path) -> None:
    listed = re.findall(r"\]\(([^)]+)\)", (site / "llms.txt").read_text(encoding="utf-8"))
    assert [name for name in NAMES if f"{name}.html.md" not in listed] == []


def test_links_of_the_site_lead_somewhere(site: Path) -> None:
    pages = {path: Html(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}
    dead = []
    for path, page in pages.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            leads_to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            leads_to = leads_to / "index.html" if leads_to.is_dir() else leads_to
            is_there = leads_to.is_file()
            if is_there and parts.fragment and leads_to in pages:
                is_there = unquote(parts.fragment) in pages[leads_to].ids
            if not is_there:
                dead.append(f"{path.relative_to(site)}: {target}")
    assert not dead, "\n".join(dead)


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_and_load(width: int, address: str, browser: Any) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    wrong: list[str] = []
    page.on(
        "console",
        lambda m: wrong.append(f"{page.url}: {m.text}: {m.location['url']}") if m.type == "error" else None,
    )
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: script: {error}"))
    page.on(
        "requestfailed",  # an icon that still loads when the page is left counts as aborted, and not as missing
        lambda r: wrong.append(f"{page.url}: {r.failure}: {r.url}") if r.failure != "net::ERR_ABORTED" else None,
    )
    page.on("response", lambda r: wrong.append(f"{page.url}: {r.status}: {r.url}") if r.status >= 400 else None)
    page.on(
        "request",
        lambda r: wrong.append(f"{page.url}: elsewhere: {r.url}") if not r.url.startswith((address, "data:")) else None,
    )
    for name in NAMES + GENERATED:
        page.goto(f"{address}{name}.html")
        shown = page.evaluate(
            """async () => {
                const images = [...document.images]
                images.forEach(image => image.loading = "eager")
                await Promise.all(images.map(image => image.decode().catch(() => null)))
                const root = document.documentElement
                return {
                    wide: root.scrollWidth - root.clientWidth,
                    broken: images.filter(image => !image.complete || !image.naturalWidth).map(image => image.src),
                }
            }"""
        )
        wrong += [f"{name}: {shown['wide']} pixels wider than the window"] if shown["wide"] > 0 else []
        wrong += [f"{name}: not loaded: {image}" for image in shown["broken"]]
    page.close()
    assert not wrong, "\n".join(wrong)


def test_the_search_finds_a_word(address: str, browser: Any) -> None:
    page = browser.new_page()
    page.goto(f"{address}search.html?q=placeholder")
    page.locator("#search-results a[href*='start/placeholder.html']").first.click(timeout=20_000)
    page.wait_for_url("**/start/placeholder.html**")
    assert "placeholder" in page.text_content("article").lower()
    page.close()


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_page_follows_the_scheme_of_the_system(scheme: str, is_dark: bool, address: str, browser: Any) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"{address}index.html")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", colour)[:3])) < 3 * 80) is is_dark, colour
    page.close()


def test_the_menu_opens_on_a_narrow_screen(address: str, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{address}index.html")
    menu = page.locator(".sidebar-drawer")
    assert menu.bounding_box()["x"] < 0
    page.locator("header label[for=__navigation]").first.click()
    page.wait_for_function("document.querySelector('.sidebar-drawer').getBoundingClientRect().x >= 0", timeout=5000)
    assert menu.get_by_role("link").first.is_visible()
    page.close()
