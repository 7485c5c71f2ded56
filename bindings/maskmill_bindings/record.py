"""One image of a data set with its masks: what every source gives and every target takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

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
    key
        What names the image in its source; unique within a data set, where the source is sound.
    masks
        One row an item; rows without a pixel are among them, and a target that cannot hold them leaves them out.
    image
        File name of the image, as the source gives it; empty where it is not known.
    source, line
        Where the record comes from: the file's name, and the number of its line or row there, from 1.
    model
        The model that answered, as its response says; empty where it does not.
    rows
        Numbers of the rows of `masks` in their reply, ascending; empty: from 0 on.
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
        """The image's file name, or the key where there is none."""
        return self.image or self.key

    @property
    def stem(self) -> str:
        """`name` without folders and suffix."""
        return PurePath(self.name).stem


def as_records(given: Masks | Record | Iterable[Record], name: str = "") -> Iterator[Record]:
    """Records of what `write` takes: them, one of them, or the masks of one image called `name`."""
    from maskmill import Masks

    if isinstance(given, Masks):
        yield Record(name, given, name)
    elif isinstance(given, Record):
        yield given
    else:
        yield from given
