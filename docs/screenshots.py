"""Pictures of the site, to be looked at: ``python -m docs.screenshots SITE FOLDER [PAGE …]``.

Each page is taken at both widths, light and dark. Chromium is the one on the path.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

WIDTHS: Final = (1440, 390)
PAGES: Final = ("index.html", "start/index.html", "how-to/index.html", "reference/replies.html")

_FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class _SilentHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def serve(site: Path) -> Iterator[str]:
    """Serve a folder on this machine; the value is its address, which ends with a slash."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_SilentHandler, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def open_browser() -> Iterator[Any]:
    """Start Chromium; the value is a browser of playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def main(site: str, folder: str, *pages: str) -> None:
    """Write the pictures of `pages` into `folder`."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    with serve(Path(site)) as address, open_browser() as browser:
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                for name in pages or PAGES:
                    page.goto(address + name)
                    picture = f"{name.removesuffix('.html').replace('/', '-')}-{width}-{scheme}.png"
                    page.screenshot(path=Path(folder) / picture, full_page=True)
                page.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
