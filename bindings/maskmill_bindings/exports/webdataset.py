"""WebDataset: a tar file in which the files of an image stand together, under one name.

``NAME.json`` holds all rows of an image with labels, scores, boxes and exact masks (COCO's run lengths),
``NAME.seg.png`` the number of the row + 1 of each pixel, 0 where there is no mask and the smaller mask on top, and
``NAME.jpg`` (or whatever suffix it has) the image itself, where the folder with the images is given. NAME is the key
without dots and slashes, since WebDataset takes what follows the first dot for the kind of a file.

WebDataset's own decoders make RGB of every PNG. Numbers above 255 need one for the map, which is 16-bit then:
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

from maskmill.errors import ArgumentError, expected, told

from .._safe_text import Names, sound
from ..record import Record, as_records
from . import Settings
from ._shared.image_files import image_file
from ._shared.loss_warnings import Losses
from ._shared.shard_paths import files_of
from .png import encoded, instances_of

if TYPE_CHECKING:
    from maskmill import Masks

_TEXTS: Final = ("key", "image", "model", "source")
_MOST_ROWS: Final = 65_535
"""Of a 16-bit map."""

_NO_IMAGE: Final = ("", "json")
"""Suffixes that an image in the tar file cannot have."""


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write records as one tar file, a sample each.

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
    records
        Also the masks of one image.
    path
        The file. Owners and times in it are zero, so that equal records make equal bytes.
    settings
        The folder with the images, to put them in.

    Raises
    ------
    OSError
        A file cannot be read or written.

    Warns
    -----
    LossWarning
        An image is not in the folder; or it has more than 65,535 rows, and no map.
    """
    file, images = Path(path), settings.images if settings else None
    names, losses = Names(), Losses()
    with tarfile.open(file, "w", format=tarfile.PAX_FORMAT) as tar:
        for record in as_records(records):
            name = names.of(record.key.replace(".", "_"))
            if images:
                _add_image(tar, name, image_file(record, images), losses)
            _add_bytes(tar, f"{name}.json", orjson.dumps(_described(record)))
            if len(record.masks) <= _MOST_ROWS:
                _add_bytes(tar, f"{name}.seg.png", encoded(instances_of(record.masks)))
            else:
                losses.tell("an image with more rows than 16 bits can number has no map")
    return [file]


def read(path: str | Path) -> Iterator[Record]:
    """The records of a tar file that `write` made, or of the shards in a folder, in order, one at a time.

    Only the JSON is read, which holds the exact masks. Files in the tar file with other suffixes are passed over.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no such file, it is no sound tar file, or a JSON in it is none that `write` wrote.
    OSError
        A file cannot be read.
    """
    return (record for file in files_of(path, ".tar") for record in _records(file))


# Writing.


def _described(record: Record) -> dict[str, Any]:
    """All that is known of a record, but for the items, which repeat the masks."""
    texts = {name: sound(getattr(record, name)) for name in _TEXTS}
    masks = record.masks.to_dict()
    for row, extent in zip(masks["rows"], record.masks.extents.tolist(), strict=True):
        del row["item"]
        row["extent"] = extent
    return {**texts, "line": record.line, **masks}


def _add_image(tar: tarfile.TarFile, name: str, image: Path | None, losses: Losses) -> None:
    suffix = image.suffix[1:].lower() if image else ""
    if image is None or suffix in _NO_IMAGE:
        losses.tell("an image is not in the folder, and so not in the tar file")
        return
    with image.open("rb") as data:
        _add(tar, f"{name}.{suffix}", image.stat().st_size, data)


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    _add(tar, name, len(data), io.BytesIO(data))


def _add(tar: tarfile.TarFile, name: str, size: int, data: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size = size
    tar.addfile(member, data)
    _forget(tar)


def _forget(tar: tarfile.TarFile) -> None:
    """Drop the list of members, which tarfile lets grow with every file."""
    tar.members = []  # type: ignore[attr-defined]


# Reading.


def _records(file: Path) -> Iterator[Record]:
    number = 0
    try:
        with tarfile.open(file, "r:") as tar:
            while (member := tar.next()) is not None:
                _forget(tar)
                if member.isfile() and member.name.rpartition("/")[2].partition(".")[2] == "json":
                    data = tar.extractfile(member)
                    assert data is not None  # it is a file
                    number += 1
                    yield _record(data.read(), number, f"{member.name} in {file}")
    except tarfile.TarError as error:
        raise told("a sound tar file", str(error), str(file)) from None


def _record(text: bytes, number: int, at: str) -> Record:
    from maskmill import Masks

    try:
        found = orjson.loads(text)
        rows = [{"item": {}, **row} for row in found["rows"]]
        key, image, model, source = (str(found[name]) for name in _TEXTS)
        return Record(key, Masks.from_dict({**found, "rows": rows}), image, source, int(found["line"]), model)
    except ArgumentError as error:
        raise ArgumentError(f"{error}, in {at}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise expected("the JSON that write wrote", f"{type(error).__name__}: {error}", at) from None
