"""Tables of the documentation, written from the code: ``python -m docs.tables`` writes them into the pages.

A page holds ``<!-- table: NAME -->`` and ``<!-- end of table -->``, each on a line by itself; what stands between
them is replaced. `tests/docs/test_tables.py` compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ..links import PAGES, ROOT
from . import benchmarks, commands, files, formats, models, options, source_map, statuses

__all__ = ["PAGES", "ROOT", "TABLES", "fill", "names_in"]

TABLES: Final[dict[str, Callable[[], str]]] = {
    "benchmark-machine": benchmarks.machine_line,
    "benchmark-race-rle": benchmarks.race_to_rle,
    "benchmark-race-dense": benchmarks.race_to_dense,
    "benchmark-growth": benchmarks.growth,
    "benchmark-facts": benchmarks.single_facts,
    "benchmark-conversion": benchmarks.conversion,
    "readme-speed": benchmarks.readme_speed,
    "commands": commands.overview,
    "exit-statuses": commands.exit_statuses,
    **commands.helps(),
    "file-columns": files.columns,
    "file-masks": files.masks_json,
    "file-rows": files.row_json,
    "file-tally": files.tally,
    "formats": formats.contents,
    "format-properties": formats.properties,
    "model-families": models.families,
    "model-prompts": models.prompts,
    "options": options.decoding,
    "dialects": options.dialects,
    "limits": options.limits,
    "source-map": source_map.packages,
    "row-statuses": statuses.rows,
    "reply-statuses": statuses.replies,
    "row-codes": statuses.row_codes,
    "reply-codes": statuses.reply_codes,
}

_BLOCK: Final = re.compile(
    r"^(<!-- table: ([\w-]+) -->\n)(?:(?!<!-- table: ).)*?^(<!-- end of table -->\n)", re.DOTALL | re.MULTILINE
)


def names_in(text: str) -> list[str]:
    """Return the names of the tables of a page."""
    return [match[2] for match in _BLOCK.finditer(text)]


def fill(text: str) -> str:
    """Return the text of a page with the tables of today.

    Raises
    ------
    KeyError
        There is no such table.
    """
    return _BLOCK.sub(lambda match: f"{match[1]}\n{TABLES[match[2]]().strip()}\n\n{match[3]}", text)
