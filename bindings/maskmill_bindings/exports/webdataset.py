"""WebDataset: a tar file in which the files of one image are adjacent and share a name.

``NAME.json`` holds all rows of an image with labels, scores, boxes and exact masks (COCO's run lengths).
``NAME.seg.png`` is the instance map: row + 1 per pixel, 0 where there is no mask, and the smaller mask on top.
``NAME.jpg``, or with the suffix that it has, is the image itself, if the settings name the folder with the images. NAME
is the key without dots and slashes, since WebDataset takes the text after the first dot as the kind of a file.

WebDataset's decoders turn every PNG into RGB. A map with more than 255 rows is 16-bit and needs a decoder like this:
``dataset.decode(wds.handle_extension("seg.png", lambda data: cv2.imdecode(np.frombuffer(data, "u1"), -1)))``.

What is lost: the items as the model wrote them.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import orjson

from maskmill.errors import expected

from .._images.png_files import pixels_to_png
from .._safe_text import UniqueNames, replace_surrogates
from ..record import Record, as_records
from ._reading.rules import OnUnread, Rule
from ._shared.damage import damage_as_argument_error
from ._shared.image_files import find_image
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings
from ._shared.shard_paths import list_files
from .png import instance_pixels

if TYPE_CHECKING:
    from maskmill import Masks

_TEXTS: Final = ("key", "image", "model", "source")
_MAX_ROWS: Final = 65_535
"""Maximum number of rows in a 16-bit map."""

_MAX_JSON: Final = 1 << 30
"""Bytes of the longest JSON file that is read."""

_NOT_IMAGES: Final = ("", "json")
"""Suffixes that an image in the tar file cannot have."""


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write one tar file, with one sample per record; owners and times in it are zero.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write([Record("2024/a.b", masks)], Path(folder, "masks.tar"))
    ...     with tarfile.open(file) as tar:
    ...         tar.getnames()
    ...     [(record.key, record.masks.labels.tolist()) for record in read(file)]
    ['2024_a_b.json', '2024_a_b.seg.png']
    [('2024/a.b', ['cat'])]

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        Images without a row and rows without a pixel are written too.
    path : str or Path
        File to write.
    settings : Settings, optional
        The folder with the images, to add them to the file.

    Warns
    -----
    LossWarning
        An image is not in the folder; or it has more than 65,535 rows, and no map.
    """
    file, images = Path(path), settings.images if settings else None
    names, losses = UniqueNames(), LossWarner()
    with tarfile.open(file, "w", format=tarfile.PAX_FORMAT) as tar:
        for record in as_records(records):
            name = names.name_for(record.key.replace(".", "_"))
            if images:
                _add_image(tar, name, find_image(record, images), losses)
            _add_bytes(tar, f"{name}.json", orjson.dumps(_described(record)))
            if len(record.masks) <= _MAX_ROWS:
                _add_bytes(tar, f"{name}.seg.png", pixels_to_png(instance_pixels(record.masks)))
            else:
                losses.warn("an image with more rows than 16 bits can number has no map")
    return [file]


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of a tar file that `write` wrote, or of the shards in a folder, in order.

    It reads only the JSON, which holds the exact masks, and skips files with other suffixes.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images, on_unread : optional
        Not used: the file holds finished masks.
    """
    return (record for file in list_files(path, ".tar") for record in _records(file))


# Writing.


def _described(record: Record) -> dict[str, Any]:
    """Return all that is known of a record, without the items, which repeat the masks."""
    texts = {name: replace_surrogates(getattr(record, name)) for name in _TEXTS}
    masks = record.masks.to_dict()
    rows = [
        {**{name: value for name, value in row.items() if name != "item"}, "extent": extent}
        for row, extent in zip(masks["rows"], record.masks.extents.tolist(), strict=True)
    ]
    return {**texts, "line": record.line, **masks, "rows": rows}


def _add_image(tar: tarfile.TarFile, name: str, image: Path | None, losses: LossWarner) -> None:
    """Add the image file of a record, if there is one."""
    suffix = image.suffix[1:].lower() if image else ""
    if image is None or suffix in _NOT_IMAGES:
        losses.warn("an image is not in the folder, and so not in the tar file")
        return
    with image.open("rb") as data:
        _add(tar, f"{name}.{suffix}", image.stat().st_size, data)


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    """Add a file with some content."""
    _add(tar, name, len(data), io.BytesIO(data))


def _add(tar: tarfile.TarFile, name: str, size: int, data: IO[bytes]) -> None:
    """Add a file with the content of a stream."""
    member = tarfile.TarInfo(name)
    member.size = size
    tar.addfile(member, data)
    _forget(tar)


def _forget(tar: tarfile.TarFile) -> None:
    """Drop the list of members, which tarfile lets grow with every file."""
    tar.members = []  # type: ignore[attr-defined]


# Reading.


def _records(file: Path) -> Iterator[Record]:
    """Yield the records of one tar file."""
    number = 0
    with damage_as_argument_error("a valid tar file", str(file)), tarfile.open(file, "r:") as tar:
        while (member := tar.next()) is not None:
            _forget(tar)
            if member.isfile() and member.name.rpartition("/")[2].partition(".")[2] == "json":
                if member.issparse() or member.size > _MAX_JSON:
                    raise expected(f"JSON of at most {_MAX_JSON} bytes", member.size, member.name)
                data = tar.extractfile(member)
                assert data is not None  # it is a file
                number += 1
                yield _record(data.read(), number, f"{member.name} in {file}")


def _record(text: bytes, number: int, at: str) -> Record:
    """Return the record of one JSON file."""
    from maskmill import Masks

    with damage_as_argument_error("the JSON that write wrote", at):
        sample = orjson.loads(text)
        rows = [{"item": {}, **row} for row in sample["rows"]]
        key, image, model, source = (str(sample[name]) for name in _TEXTS)
        return Record(key, Masks.from_dict({**sample, "rows": rows}), image, source, int(sample["line"]), model)
