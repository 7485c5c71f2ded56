"""``maskmill demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from .inputs import checked
from .tables import print_line, print_table

if TYPE_CHECKING:
    from maskmill import Masks
    from maskmill.samples import Sample

_COLUMNS: Final = ("reply", "form", "rows", "status", "lowest IoU with the truth")


def demo(*, output: Annotated[Path, Parameter(alias="-o")] = Path("out")) -> None:
    """Decode a built-in scene from replies in every form, and draw it.

    Writes image.png, overlay.png, the replies as text files, and mixed.txt, the reply of the overlay: each object in
    another form, and one as tokens, which nobody can read. Files of these names are replaced.

    Parameters
    ----------
    output
        Folder to write to; it is made where it is missing.
    """
    import maskmill
    from maskmill import samples

    from ..exports.png import write_image

    every = list(samples.samples())
    masks = [maskmill.decode(sample.text, samples.SIZE) for sample in every]
    print_table(_COLUMNS, [_cells(*pair) for pair in zip(every, masks, strict=True)], numeric=("rows", _COLUMNS[-1]))
    image, mixed = samples.picture(), samples.mixed()
    with checked("a folder that can be written to", "--output"):
        output.mkdir(parents=True, exist_ok=True)
        for name, text in [*((sample.name, sample.text) for sample in every), ("mixed", mixed)]:
            (output / f"{name}.txt").write_text(text, encoding="utf-8")
        write_image(image, output / "image.png")
        picture = write_image(maskmill.decode(mixed, image).overlay(image), output / "overlay.png")
    print_line("A PNG is 256x256 pixels, whatever the size of its box: hence what it lacks. The rest is exact.")
    print_line(f"{len(every) + 3} files; the picture is {picture}")


def _cells(sample: Sample, masks: Masks) -> tuple[object, ...]:
    tally = {status: int((masks.status == status).sum()) for status in masks.status.tolist()}
    status = ", ".join(f"{count} {name}" for name, count in tally.items())
    share = _lowest_iou(sample, masks)
    return sample.name, ", ".join(dict.fromkeys(masks.forms.tolist())), len(masks), status, share


def _lowest_iou(sample: Sample, masks: Masks) -> str:
    """The lowest intersection over union of a decoded mask with its shape; empty where none was decoded."""
    shares = []
    for row, shape in zip(masks, sample.shapes, strict=True):
        if row.area:
            truth, pixels = shape.pixels(), row.dense()
            shares.append((truth & pixels).sum() / (truth | pixels).sum())
    return f"{min(shares):.4f}" if shares else ""
