"""Items that the form of another model's reply has settled, and the reason where its form holds no mask."""

from __future__ import annotations

from typing import Any, NamedTuple


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


class ReadItem(dict[str, Any]):
    """An object of a reply whose item has been read already; it is taken as it is.

    Attributes
    ----------
    item : Item
        The item, with its box, its mask, its label and what is known about its coordinates.
    """

    item: Any

    def __init__(self, item: Any) -> None:
        super().__init__(item.raw)
        self.item = item
