"""``maskmill demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from .shared.arguments import file_errors_as_arguments
from .shared.options import Output
from .shared.tables import print_line, print_table

if TYPE_CHECKING:
    from maskmill import Masks
    from maskmill.samples import Sample

_COLUMNS: Final = ("reply", "form", "rows", "status", "lowest IoU with the truth")


def demo_command(*, output: Output = Path("out")) -> None:
    """Decode a built-in scene from replies in every form, and draw it.

    Writes image.png, overlay.png, the replies as text files, and mixed.txt, the reply of the overlay: each object in
    another form, one of them as unreadable tokens; and replies.jsonl, all replies as rows for convert. Files of these
    names are replaced.

    Parameters
    ----------
    output
        Folder to write to; it is created if it is missing.
    """
    from maskmill import samples

    from .shared.compile_notice import compile_notice

    with file_errors_as_arguments("a folder that can be written to", "--output"):
        output.mkdir(parents=True, exist_ok=True)
    every = list(samples.samples())
    with compile_notice():
        print_table(_COLUMNS, map(_cells, every), numeric=("rows", _COLUMNS[-1]))
        with file_errors_as_arguments("a folder that can be written to", "--output"):
            picture = _write(every, output)
    print_line("A PNG is 256x256 pixels, whatever the size of its box, so its masks differ a bit. The rest is exact.")
    print_line(f"{len(every) + 4} files; the picture is {picture}")


def _write(every: list[Sample], folder: Path) -> Path:
    """Write the replies, the image and its overlay; return the path of the overlay."""
    import orjson

    import maskmill
    from maskmill import samples

    from .._images.png_files import write_image

    image, mixed = samples.picture(), samples.mixed()
    texts = {**{sample.name: sample.text for sample in every}, "mixed": mixed}
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    rows = ({"key": name, "reply": text} for name, text in texts.items())
    (folder / "replies.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    write_image(image, folder / "image.png")
    return write_image(maskmill.decode(mixed, image).overlay(image), folder / "overlay.png")


def _cells(sample: Sample) -> tuple[object, ...]:
    import maskmill
    from maskmill.samples import SIZE

    masks = maskmill.decode(sample.text, SIZE)
    tally = {status: int((masks.status == status).sum()) for status in masks.status.tolist()}
    status = ", ".join(f"{count} {name}" for name, count in tally.items())
    share = _lowest_iou(sample, masks)
    return sample.name, ", ".join(dict.fromkeys(masks.forms.tolist())), len(masks), status, share


def _lowest_iou(sample: Sample, masks: Masks) -> str:
    """Return the lowest intersection over union of a decoded mask with its shape; empty if none was decoded."""
    shares = []
    for row, shape in zip(masks, sample.shapes, strict=True):
        if row.area:
            truth, pixels = shape.pixels(), row.dense()
            shares.append((truth & pixels).sum() / (truth | pixels).sum())
    return f"{min(shares):.4f}" if shares else ""
