"""``maskmill codebook show``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..shared.options import path_converter
from ..shared.tables import print_json, print_line, print_table
from .format import QUALITY, codebook_values, describe_ranges, quality_rows

File = Annotated[Path, Parameter(converter=path_converter("FILE"))]


def show_command(file: File, /, *, json: bool = False) -> None:
    """Describe a codebook and, if it was fitted, its quality.

    Parameters
    ----------
    file
        A codebook that fit wrote, or PaliGemma's vae-oid.npz.
    json
        Print JSON instead of tables.
    """
    from maskmill import codebooks
    from maskmill.codebooks import Fitted

    codebook = codebooks.load(file, "FILE")
    if json:
        print_json(codebook_values(codebook))
        return
    height, width = codebook.map_size
    print_line(f"{codebook.kind}: {codebook.dialect}'s tokens, {codebook.vocabulary} of them, maps of {width}x{height}")
    if isinstance(codebook, Fitted):
        print_table(QUALITY, quality_rows(codebook), QUALITY[1:])
        low, high = int(codebook.counts.min()), int(codebook.counts.max())
        print_line(f"{codebook.pairs} pairs; each token is in {low} to {high} of them, {len(codebook.unseen)} in none")
        if codebook.unseen:
            print_line(f"In none: {describe_ranges(codebook.unseen)}")
