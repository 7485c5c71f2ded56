"""``maskmill codebook fit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from maskmill.errors import told

from ..shared.arguments import checked, path_of
from ..shared.tables import print_json, print_line, print_table
from .format import QUALITY, quality, values

if TYPE_CHECKING:
    from maskmill.codebooks import Curve, Fitted

    from ..._pairs_file import Fault
    from ..._pairs_file import Pairs as Learnt

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
        File for a picture, a PNG: what to expect of how many pairs, and held-out maps. Takes as long again,
        and 16 pairs at least.
    force
        Write even a codebook that does no better than a filled box.
    json
        Print JSON instead of tables.
    """
    from maskmill import codebooks

    from ..._pairs_file import read_pairs
    from ..shared.compile_notice import compilation_told
    from ..shared.progress import stages

    _check_folders(output, plot)
    read = read_pairs(pairs, "PAIRS")
    given = read.tokens, read.maps, read.weights
    with compilation_told(), stages() as report:
        made = codebooks.fit(*given, force=force, progress=report)
    with checked("a file that can be written", "--output"):
        made.save(output)
    if not json:
        _print(made, read.faults, output)
    curve = None if plot is None else _drawn(read, plot, json)
    if json:
        print_json({**values(made), "left_out": [fault._asdict() for fault in read.faults], "curve": _points(curve)})


def _check_folders(output: Path, plot: Path | None) -> None:
    """Before minutes of work, not after them."""
    for file, option in ((output, "--output"), (plot, "--plot")):
        if file is not None and not file.absolute().parent.is_dir():
            raise told("a file in a folder that is there", str(file), option)


def _drawn(pairs: Learnt, file: Path, quiet: bool) -> Curve:
    from maskmill.codebooks import learning_curve

    from ..._charts.codebook_plot import picture
    from ...exports.png import write_image
    from ..shared.progress import stages

    with stages() as report:
        report("learning from fewer pairs, for the picture", 0.0)
        curve = learning_curve(pairs.tokens, pairs.maps, pairs.weights)
    with checked("a file that can be written", "--plot"):
        write_image(picture(curve), file)
    if not quiet:
        print_line(f"Drawn: {file}")
    return curve


def _points(curve: Curve | None) -> list[dict[str, object]] | None:
    if curve is None:
        return None
    return [{"pairs": p.pairs, "fitted": p.fitted._asdict(), "patches": p.patches._asdict()} for p in curve.points]


def _print(made: Fitted, faults: list[Fault], file: Path) -> None:
    print_table(QUALITY, quality(made), QUALITY[1:])
    for fault in faults[:_SHOWN]:
        print_line(f"line {fault.line} left out: {fault.message}")
    if len(faults) > _SHOWN:
        print_line(f"{len(faults)} lines left out in all")
    seen = made.vocabulary - len(made.unseen)
    print_line(f"{made.pairs} pairs with {seen} of {made.vocabulary} tokens. Written: {file}")
