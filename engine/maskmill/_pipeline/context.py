"""What all rows of one reply share on the full path."""

from __future__ import annotations

from typing import NamedTuple

from .._images.size import Size
from .._options import Options
from .budget import Budget


class Context(NamedTuple):
    """What all rows of a reply share.

    Attributes
    ----------
    size : tuple of int
        (width, height) of the image.
    options : Options
        The options of decoding.
    defers_jobs : bool
        Kernel jobs are kept for a GPU.
    budget : Budget
        What the masks of the reply may still cost.
    """

    size: Size
    options: Options
    defers_jobs: bool
    budget: Budget
