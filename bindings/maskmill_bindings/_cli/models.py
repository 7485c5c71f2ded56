"""``maskmill models``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

from .shared.options import path_converter
from .shared.tables import print_json, print_line, print_table

if TYPE_CHECKING:
    from ..genai._models import Family, Price

_COLUMNS: Final = ("model", "form", "settings", "retires", "successor", "in $", "out $", "how the form is known")
_EXAMPLE: Final = 'every object of these kinds: "cup", "plate"'
_LEGEND: Final = "* the default on {today}. $: US dollars per million tokens that day; a batch costs {batch:g} of it."

Table = Annotated[Path | None, Parameter(name="--models", converter=path_converter("--models"))]


def models_command(*, table: Table = None, json: bool = False) -> None:
    """Show the families of models: the form of their masks, their settings, end and price, and the prompts to send.

    Parameters
    ----------
    table
        A TOML file whose families replace the built-in ones, key by key.
    json
        Print JSON instead of a table.
    """
    from ..genai._models import load_models
    from ..genai._models.prompts import PROMPTS

    known, today = load_models(table), date.today()
    first = known.default(today)
    if json:
        families = [_values(family, family is first, today) for family in known.families]
        print_json({"today": today, "batch": known.batch, "prompts": PROMPTS, "models": families})
        return
    print_table(_COLUMNS, [_row(family, family is first, today) for family in known.families], ("in $", "out $"))
    for warning in filter(None, [first.retirement_warning(today)]):
        print_line(warning)
    print_line(_LEGEND.format(today=today, batch=known.batch))
    for kind, prompt in PROMPTS.items():
        print_line(f"Prompt for {kind}: {prompt.format(what=_EXAMPLE)}")


def _row(family: Family, is_default: bool, today: date) -> list[str]:
    price = family.price_on(today)
    return [
        f"{family.name}{' *' if is_default else ''}",
        family.form,
        _settings(family.settings),
        f"{family.retires or ''}",
        family.successor or "",
        *_dollars(price),
        f"{family.mark}: {family.evidence}",
    ]


def _dollars(price: Price | None) -> list[str]:
    return ["unknown", "unknown"] if price is None else [f"{price.input:.2f}", f"{price.output:.2f}"]


def _settings(settings: dict[str, Any]) -> str:
    """Return the settings without the tables around them, one per line."""
    inner = (
        item
        for name, value in settings.items()
        for item in (value.items() if isinstance(value, dict) else [(name, value)])
    )
    return "\n".join(f"{name} {value}" for name, value in inner)


def _values(family: Family, is_default: bool, today: date) -> dict[str, Any]:
    price = family.price_on(today)
    return {
        "name": family.name,
        "default": is_default,
        "retired": family.is_retired(today),
        **{
            key: getattr(family, key)
            for key in ("form", "prompt", "settings", "names", "retires", "routed", "successor")
        },
        "input_price": price.input if price else None,
        "output_price": price.output if price else None,
        "priced": family.priced,
        "mark": family.mark,
        "evidence": family.evidence,
        "warning": family.retirement_warning(today),
    }
