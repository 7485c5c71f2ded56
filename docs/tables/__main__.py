"""Write every table into its page."""

from __future__ import annotations

from . import PAGES, fill

for page in PAGES:
    text = page.read_text(encoding="utf-8")
    if (filled := fill(text)) != text:
        page.write_text(filled, encoding="utf-8")
        print(page.name)
