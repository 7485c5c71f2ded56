"""``maskmill codebook fit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from ..inputs import checked, path_of
from ..progress import stages
from ..tables import print_json, print_line, print_table
from .told import QUALITY, quality, values

if TYPE_CHECKING:
    from maskmill.codebooks import Curve

    from ...pairs import Fault

_SHOWN: Final = 5

Pairs = Annotated[Path, Parameter(converter=path_of("PAIRS"))]
File = Annotated[Path, Parameter(alias="-o", converter=path_of("--output"))]
Plot = Annotated[Path | None, Parameter(converter=path_of("--plot"))]


def fit(pairs: Pairs, /, *, output: File, plot: Plot = None, force: bool = False, json: bool = False) -> None:
    """Learn a codebook from pairs of mask tokens and PNG maps.

    Prints the intersection over union on pairs that were held out, beside the mean patch of each token and a filled
    box. A codebook that does no better than a filled box is not written.

    Parameters
    ----------
    pairs
        A file of JSON rows, each with `tokens` (16 numbers, or text such as <seg_4><seg_20>…) and `png` (base64 or a
        data URI); `weight`, a number above 0, and `key` may be there. Rows that are no pair are told and left out.
    output
        File for the codebook, which decode and convert take.
    plot
        File for a picture, a PNG: what to expect of how many pairs, and held-out maps. Takes as long again.
    force
        Write even a codebook that does no better than a filled box.
    json
        Print JSON instead of tables.
    """
    from maskmill import codebooks

    from ...pairs import read_pairs

    read = read_pairs(pairs, "PAIRS")
    given = read.tokens, read.maps, read.weights
    with stages() as told:
        made = codebooks.fit(*given, force=force, progress=told)
    with checked("a file that can be written", "--output"):
        made.save(output)
    curve = _drawn(codebooks.learning_curve(*given), plot) if plot is not None else None
    if json:
        print_json({**values(made), "left_out": [fault._asdict() for fault in read.faults], "curve": _points(curve)})
        return
    print_table(QUALITY, quality(made), QUALITY[1:])
    _print_faults(read.faults)
    print_line(f"{made.pairs} pairs, {made.vocabulary - len(made.unseen)} of {made.vocabulary} tokens; it is {output}")


def _drawn(curve: Curve, file: Path) -> Curve:
    from ...exports.png import write_image
    from .picture import picture

    with checked("a file that can be written", "--plot"):
        write_image(picture(curve), file)
    return curve


def _points(curve: Curve | None) -> list[dict[str, object]] | None:
    if curve is None:
        return None
    return [{"pairs": p.pairs, "fitted": p.fitted._asdict(), "patches": p.patches._asdict()} for p in curve.points]


def _print_faults(faults: list[Fault]) -> None:
    for fault in faults[:_SHOWN]:
        print_line(f"line {fault.line} left out: {fault.message}")
    if len(faults) > _SHOWN:
        print_line(f"{len(faults)} lines left out in all")
