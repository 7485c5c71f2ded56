"""Items that the form of another model's reply has settled, and the reason where its form holds no mask."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

_SAME_SHAPE: Final = 0.02


class AbsentMask(NamedTuple):
    """Stands in the place of a mask where the form of a reply says that there is none.

    Attributes
    ----------
    status : str
        The status of the row; see `maskmill.status.Status`.
    message : str
        Why there is no mask, and what to do.
    form : str
        The form of the row; see `maskmill.status.FORMS`.
    """

    status: str
    message: str
    form: str = "none"


class StatedSize(NamedTuple):
    """The size that a reply gives of its image.

    Attributes
    ----------
    width, height : float
        The sides.
    is_named : bool
        The reply names which side is which; False for a list of two numbers.
    """

    width: float
    height: float
    is_named: bool = True

    def sides(self, size: tuple[int, int]) -> tuple[float, float]:
        """Return width and height; those of a list are turned if only then they have the shape of the image.

        >>> StatedSize(400, 500, False).sides((1000, 800)), StatedSize(400, 500).sides((1000, 800))
        ((500, 400), (400, 500))
        """
        shape = size[0] / size[1]
        is_alike = abs(self.width / self.height / shape - 1) < _SAME_SHAPE
        is_turned = not self.is_named and not is_alike and abs(self.height / self.width / shape - 1) < _SAME_SHAPE
        return (self.height, self.width) if is_turned else (self.width, self.height)


class ReadItem(dict[str, Any]):
    """An object of a reply whose item has been read already; it is taken as it is.

    Attributes
    ----------
    item : Item
        The item, with its box, its mask, its label and the order and frame of its coordinates where its form says them.
    """

    item: Any

    def __init__(self, item: Any) -> None:
        super().__init__(item.raw)
        self.item = item
