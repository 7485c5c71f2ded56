"""How a file of another tool is read: the rule that draws its shapes, and what gives the sizes of its images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from maskmill._images.size import Size, read_size
from maskmill.errors import expected
from maskmill.limits import Limits

from ..._images.image_lookup import ImageLookup
from ...record import Record, Unread
from .._shared.loss_warnings import LossWarner
from .rules import RULES, OnUnread, Rule


@dataclass(frozen=True)
class ReadOptions:
    """The options of `read`, checked.

    Attributes
    ----------
    rule : {"native", "exact"}
        How shapes become pixels.
    size : tuple of int, optional
        (width, height) of images whose size the file does not give.
    images : path, optional
        Folder with the images, or a pattern of their files, for the sizes that the file does not give.
    on_unread : callable, optional
        See `OnUnread`.
    """

    rule: Rule = "native"
    size: Size | None = None
    images: str | Path | None = None
    on_unread: OnUnread = None

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise expected(" or ".join(map(repr, RULES)), self.rule, "rule")
        if self.size is not None:
            read_size(self.size, Limits())
        _ = self._lookup

    @property
    def is_native(self) -> bool:
        """Whether shapes are drawn as the tool of the format draws them."""
        return self.rule == "native"

    @cached_property
    def _lookup(self) -> ImageLookup | None:
        return None if self.images is None else ImageLookup(str(self.images), None, by_key=True)

    def image_size(self, key: str, image: str, beside: Path | None = None) -> Size | None:
        """Return (width, height) of an image that the file gives no size of; None where nothing gives it.

        Parameters
        ----------
        key, image : str
            Key of the record, and the name of its image.
        beside : Path, optional
            Folder to look in where `images` is not given.
        """
        lookup = self._lookup or (None if beside is None else ImageLookup(None, beside, by_key=True))
        found = lookup.find(key, image)[1] if lookup else None
        return found or self.size

    def deliver(self, entries: Iterator[Record | Unread]) -> Iterator[Record]:
        """Yield the records among some entries, and report the others."""
        losses = LossWarner()
        for entry in entries:
            if isinstance(entry, Record):
                yield entry
            elif self.on_unread is not None:
                self.on_unread(entry)
            else:
                losses.warn(f"{entry.place}: {entry.reason}")


NO_SIZE: Final = "expected the size of the image, got none: give its folder (images) or its size"
"""Why an image without a size is not read."""
