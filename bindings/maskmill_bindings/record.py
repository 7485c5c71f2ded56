"""One image of a data set with its masks: what sources return and export formats write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from maskmill.errors import excerpt

if TYPE_CHECKING:
    from maskmill import Masks


@dataclass(frozen=True, slots=True)
class Record:
    """An image and its masks.

    >>> import maskmill
    >>> record = Record("a.jpg", maskmill.decode("[]", size=(640, 480)))
    >>> record.name, record.stem
    ('a.jpg', 'a')

    Attributes
    ----------
    key : str
        Name of the image in its source; unique in a valid data set.
    masks : Masks
        One row per item, also for items without a pixel; a format that cannot hold those leaves them out.
    image : str
        File name of the image, as the source names it; empty where it is unknown.
    source : str
        Name of the file that the record comes from.
    line : int
        Number of its line or row in that file, from 1.
    model : str
        The model that answered, by its response; empty where it is unknown.
    rows : tuple[int, ...]
        Numbers of the rows of `masks` in their reply, ascending; empty for all rows from 0.
    """

    key: str
    masks: Masks
    image: str = ""
    source: str = ""
    line: int = 0
    model: str = ""
    rows: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """File name of the image, or the key where there is none."""
        return self.image or self.key

    @property
    def stem(self) -> str:
        """`name` without folders and suffix."""
        return PurePath(self.name).stem


@dataclass(frozen=True, slots=True)
class Unread:
    """An image or an annotation of a file that gives no record, and the reason.

    >>> Unread("7", "expected the id of an image, got 7", source="a.json").place
    "'7' of a.json"

    Attributes
    ----------
    key : str
        Name of the image, or of the annotation where its image is not known.
    reason : str
        One sentence: what was expected, the actual value, and where.
    image : str
        File name of the image; empty where it is unknown.
    source : str
        Name of the file.
    line : int
        Number of its line or entry in that file, from 1; 0 where it is unknown.
    """

    key: str
    reason: str
    image: str = ""
    source: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """The key and the file, for messages."""
        return f"{excerpt(self.key)} of {self.source}"


def as_records(records: Masks | Record | Iterable[Record], name: str = "") -> Iterator[Record]:
    """Yield the records of what `write` accepts: records, one record, or the masks of one image called `name`."""
    from maskmill import Masks

    if isinstance(records, Masks):
        yield Record(name, records, name)
    elif isinstance(records, Record):
        yield records
    else:
        yield from records
