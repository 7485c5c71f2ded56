"""``maskmill codebook fit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from maskmill.errors import ArgumentError

from ..shared.arguments import file_errors_as_arguments
from ..shared.options import path_converter
from ..shared.tables import print_json, print_line, print_table
from .format import QUALITY, codebook_values, quality_rows

if TYPE_CHECKING:
    from maskmill.codebooks import Curve, Fitted

    from ..._pairs_file import PairsFile, UnusableLine

_SHOWN: Final = 5

Pairs = Annotated[Path, Parameter(converter=path_converter("PAIRS"))]
File = Annotated[Path, Parameter(alias="-o", converter=path_converter("--output"))]
Plot = Annotated[Path | None, Parameter(converter=path_converter("--plot"))]


def fit_command(pairs: Pairs, /, *, output: File, plot: Plot = None, force: bool = False, json: bool = False) -> None:
    """Learn a codebook from pairs of mask tokens and PNG maps.

    Prints the intersection over union on pairs that were held out, beside the mean patch of each token and a filled
    box. A codebook that does no better than a filled box is not written.

    Parameters
    ----------
    pairs
        A file of JSON rows, each with `tokens` (16 numbers, or text such as <seg_4><seg_20>…) and `png` (base64 or a
        data URI); `weight`, a number above 0, and `key` are optional. Rows that are no pair are listed and left out.
    output
        File for the codebook, which decode and convert take.
    plot
        File for a picture, a PNG: quality against the number of pairs, and held-out maps. Takes as long again,
        and at least 16 pairs.
    force
        Write even a codebook that does no better than a filled box.
    json
        Print JSON instead of tables.
    """
    from maskmill import codebooks

    from ..._pairs_file import read_pairs_file
    from ..shared.compile_notice import compile_notice
    from ..shared.progress import stage_progress

    _check_folders(output, plot)
    read = read_pairs_file(pairs, "PAIRS")
    training = read.tokens, read.maps, read.weights
    with compile_notice(), stage_progress() as report:
        fitted = codebooks.fit(*training, force=force, progress=report)
    with file_errors_as_arguments("a file that can be written", "--output"):
        fitted.save(output)
    if not json:
        _print(fitted, read.unusable_lines, output)
    curve = None if plot is None else _draw(read, plot, json)
    if json:
        print_json(
            {
                **codebook_values(fitted),
                "left_out": [fault._asdict() for fault in read.unusable_lines],
                "curve": _points(curve),
            }
        )


def _check_folders(output: Path, plot: Path | None) -> None:
    """Check before the work, not after minutes of it, that the folders of the outputs exist."""
    for file, option in ((output, "--output"), (plot, "--plot")):
        if file is not None and not file.absolute().parent.is_dir():
            raise ArgumentError("a file in a folder that is there", str(file), option)


def _draw(pairs: PairsFile, file: Path, quiet: bool) -> Curve:
    from maskmill.codebooks import learning_curve

    from ..._charts.codebook_plot import draw_learning_curve
    from ..._images.png_files import write_image
    from ..shared.progress import stage_progress

    with stage_progress() as report:
        report("learning from fewer pairs, for the picture", 0.0)
        curve = learning_curve(pairs.tokens, pairs.maps, pairs.weights)
    with file_errors_as_arguments("a file that can be written", "--plot"):
        write_image(draw_learning_curve(curve), file)
    if not quiet:
        print_line(f"Drawn: {file}")
    return curve


def _points(curve: Curve | None) -> list[dict[str, object]] | None:
    if curve is None:
        return None
    return [{"pairs": p.pairs, "fitted": p.fitted._asdict(), "patches": p.patches._asdict()} for p in curve.points]


def _print(fitted: Fitted, faults: list[UnusableLine], file: Path) -> None:
    print_table(QUALITY, quality_rows(fitted), QUALITY[1:])
    for fault in faults[:_SHOWN]:
        print_line(f"line {fault.line} left out: {fault.message}")
    if len(faults) > _SHOWN:
        print_line(f"{len(faults)} lines left out in all")
    seen = fitted.vocabulary - len(fitted.unseen)
    print_line(f"{fitted.pairs} pairs with {seen} of {fitted.vocabulary} tokens. Written: {file}")
