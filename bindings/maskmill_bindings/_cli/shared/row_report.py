"""The rows of a reply as commands report them: status, extent, reason and advice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .messages import name_options_in_advice
from .tables import print_line

if TYPE_CHECKING:
    from maskmill import Inspection


def report_rows(inspection: Inspection) -> dict[str, Any]:
    """Return the reply and its rows as `Inspection.to_dict` does, with advice that names the command's options."""
    result = inspection.to_dict()
    for holder in (*result["rows"], *(p for row in result["rows"] for p in row["problems"]), *result["problems"]):
        holder["advice"] = name_options_in_advice(holder["advice"])
    return result


def print_advice(inspection: Inspection) -> None:
    """Print each advice once, with its rows."""
    for line in inspection.advice:
        print_line(name_options_in_advice(line))
