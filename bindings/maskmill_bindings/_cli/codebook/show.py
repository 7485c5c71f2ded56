"""``maskmill codebook show``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..shared.arguments import path_of
from ..shared.tables import print_json, print_line, print_table
from .format import QUALITY, quality, runs, values

File = Annotated[Path, Parameter(converter=path_of("FILE"))]


def show(file: File, /, *, json: bool = False) -> None:
    """Say what a codebook is and, if it was learnt, how well it does.

    Parameters
    ----------
    file
        A codebook that fit wrote, or PaliGemma's vae-oid.npz.
    json
        Print JSON instead of tables.
    """
    from maskmill import codebooks
    from maskmill.codebooks import Fitted

    found = codebooks.load(file, "FILE")
    if json:
        print_json(values(found))
        return
    height, width = found.map_size
    print_line(f"{found.kind}: {found.dialect}'s tokens, {found.vocabulary} of them, maps of {width}x{height}")
    if isinstance(found, Fitted):
        print_table(QUALITY, quality(found), QUALITY[1:])
        least, most = int(found.counts.min()), int(found.counts.max())
        print_line(f"{found.pairs} pairs; each token is in {least} to {most} of them, {len(found.unseen)} in none")
        if found.unseen:
            print_line(f"In none: {runs(found.unseen)}")
