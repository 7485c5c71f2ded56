"""Export formats, from their registry."""

from __future__ import annotations

from maskmill_bindings.exports import FORMATS

from .markdown import code, table


def contents() -> str:
    """Return what each format holds and loses."""
    rows = ((" ".join(map(code, (name, *known.suffixes))), known.holds, known.lacks) for name, known in FORMATS.items())
    return table(("`--to`, suffix", "what it holds", "what it does not hold"), rows)


def properties() -> str:
    """Return the facts about each format that programs ask for."""
    rows = (
        (
            code(name),
            "folder" if known.is_folder else "file",
            known.native_rule or "ours",
            _yes(known.keeps_overlaps),
            _yes(known.keeps_parts),
            _yes(known.keeps_labels),
            ", ".join(map(code, known.settings)),
        )
        for name, known in FORMATS.items()
    )
    headings = (
        "format",
        "is a",
        "shapes drawn by",
        "keeps overlaps",
        "keeps parts together",
        "keeps labels",
        "settings",
    )
    return table(headings, rows)


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
