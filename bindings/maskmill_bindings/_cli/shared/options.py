"""Options that several commands share, each with its type and its help text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from maskmill._layout import Dialect as DialectName
from maskmill.errors import ArgumentError


def path_converter(option: str) -> Callable[[Any, Sequence[Any]], Path]:
    """Return the converter of a path option; an empty path is refused, since Path would take the working folder."""

    def convert(_: Any, words: Sequence[Any]) -> Path:
        if not words[0].value:
            raise ArgumentError("the name of a file or folder", "an empty one", option)
        return Path(words[0].value)

    return convert


# What commands read and write.

Reply = Annotated[str, Parameter(allow_leading_hyphen=True)]
"""A file name, or ``-`` for the standard input."""

Output = Annotated[Path, Parameter(alias="-o", converter=path_converter("--output"))]
"""A file or folder to write to."""

Image = Annotated[Path | None, Parameter(converter=path_converter("--image"))]
"""The file of an image."""

Images = Annotated[tuple[Path, ...], Parameter(allow_leading_hyphen=True, help="Image files, and folders of them.")]

# How replies are decoded.

Threshold = Annotated[int, Parameter(help="A pixel of a resized map is in the mask where it is above this, 0 to 255.")]
Axis = Annotated[
    Literal["auto", "xy", "yx"],
    Parameter(help="Order of a polygon's coordinates; auto lets the boxes decide."),
]
Boxes = Annotated[
    Literal["auto", "yx", "xy"],
    Parameter(help="Order of a box's corners; auto goes by its mask, the rest of the reply and its key."),
]
Frame = Annotated[
    str,
    Parameter(
        help=(
            "What coordinates run to: thousandths, unit, percent, pixels, WIDTHxHEIGHT for the pixels of the image as "
            "the service resized it, or box for polygons inside their boxes; auto takes thousandths unless mask and "
            "box agree in another frame alone."
        )
    ),
]
"""The name of a frame, or WIDTHxHEIGHT; `arguments.parse_frame` reads it."""

Dialect = Annotated[
    DialectName,
    Parameter(help="Model whose orders and frames to expect, where --axis, --boxes and --frame say none."),
]
CodebookFile = Annotated[
    Path | None,
    Parameter(
        converter=path_converter("--codebook"),
        help=(
            "What mask tokens stand for: a file of maskmill codebook fit, or PaliGemma's vae-oid.npz; "
            "if not given, the one that MASKMILL_CODEBOOK names, if it does."
        ),
    ),
]
StrictReply = Annotated[
    bool, Parameter(help="Exit with 1 if a row has no mask, or the reply breaks off or holds nothing to read.")
]
JsonReport = Annotated[bool, Parameter(help="Print the report as JSON instead of tables, and no progress.")]

# What a model is asked.

Labels = Annotated[str | None, Parameter(help="What to segment, separated by commas.")]
Prompt = Annotated[str | None, Parameter(help="What to segment, in words, instead of labels.")]
ModelTable = Annotated[Path | None, Parameter(help="File that changes the table of models.")]
LongestSide = Annotated[
    int,
    Parameter(
        name="--longest-side",
        help="Pixels to which the longer side of an image is shrunk before it is sent; 0 for as it is.",
    ),
]

# How requests are sent.

BaseUrl = Annotated[str | None, Parameter(help="Address of the service, such as that of maskmill emulator.")]
Concurrency = Annotated[
    int, Parameter(help="Requests in flight at a time; fewer after the service has asked for fewer.")
]
RequestsPerMinute = Annotated[float | None, Parameter(help="Requests per minute, at most, for each model.")]
TokensPerMinute = Annotated[float | None, Parameter(help="Tokens per minute, at most, for each model.")]
Tries = Annotated[int, Parameter(help="Requests for one question after which it counts as failed.")]
Deadline = Annotated[float, Parameter(help="Seconds for one question, with all its tries and waits.")]
Timeout = Annotated[float, Parameter(help="Seconds for one request.")]
MaxCost = Annotated[float | None, Parameter(help="US dollars for everything, by estimate.")]
RetryFailed = Annotated[bool, Parameter(help="Ask again where an earlier run got no answer.")]
DryRun = Annotated[bool, Parameter(help="Print how many questions are open and their likely cost, and ask none.")]
