"""Families of models, their ends, prices and prompts; independent of the day."""

from __future__ import annotations

from typing import Any

from maskmill_bindings.genai import load_models
from maskmill_bindings.genai._models.families import Family
from maskmill_bindings.genai._models.prompts import PROMPTS

from .markdown import code, table

_EXAMPLE = 'every object of these kinds: "cup", "plate"'


def families() -> str:
    """Return the families with form, settings, end, price and evidence."""
    headings = (
        "model",
        "form",
        "settings",
        "ends",
        "answers then",
        "take then",
        "$ in, out",
        "prices of",
        "how the form is known",
    )
    return table(headings, map(_row, load_models().families))


def prompts() -> str:
    """Return the prompt of each form, with two kinds of objects as an example."""
    blocks = (f"For the form `{kind}`:\n\n```text\n{text.format(what=_EXAMPLE)}\n```" for kind, text in PROMPTS.items())
    return "\n\n".join(blocks)


def _row(family: Family) -> tuple[object, ...]:
    return (
        code(family.name),
        family.form,
        _settings(family.settings),
        family.retires or "",
        code(family.routed) if family.routed else "",
        code(family.successor) if family.successor else "",
        _prices(family),
        family.priced or "",
        f"{family.mark}: {family.evidence}",
    )


def _prices(family: Family) -> str:
    """Return the price of the day on which prices were looked up, and those that follow, each with its first day."""
    now = family.price_on(family.priced) if family.priced else None
    known = [price for price in family.prices if now is None or price.since >= now.since]
    if len(known) > 1:
        return "; ".join(f"{price.input:.2f}, {price.output:.2f} from {price.since}" for price in known)
    return f"{known[0].input:.2f}, {known[0].output:.2f}" if known else "unknown"


def _settings(settings: dict[str, Any]) -> str:
    inner: list[tuple[str, Any]] = []
    for name, value in settings.items():
        inner += value.items() if isinstance(value, dict) else [(name, value)]
    return ", ".join(f"{name} {value}" for name, value in inner)
