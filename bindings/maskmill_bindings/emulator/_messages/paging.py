"""Pages of a list, by page size and page token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from .response_json import RefusedError

T = TypeVar("T")


class Page(NamedTuple, Generic[T]):
    """The items of one page, and the token of the next page as a field of the response."""

    items: list[T]
    next: dict[str, str]


def list_page(items: Sequence[T], query: Mapping[str, str], default_size: int, max_size: int = 100) -> Page[T]:
    """Return the page that a query asks for.

    >>> list_page("abcde", {"pageSize": "2"}, 10)
    Page(items=['a', 'b'], next={'nextPageToken': 'after-2'})
    >>> list_page("abcde", {"pageSize": "2", "pageToken": "after-4"}, 10)
    Page(items=['e'], next={})

    Parameters
    ----------
    items : Sequence
        The whole list.
    query : Mapping[str, str]
        With ``pageSize`` and ``pageToken``, or in snake case, both optional.
    default_size : int
        Items per page if the query does not say.
    max_size : int
        Largest number of items per page.

    Raises
    ------
    RefusedError
        Size or token is invalid.
    """
    size = query.get("pageSize") or query.get("page_size") or str(default_size)
    token = query.get("pageToken") or query.get("page_token") or "after-0"
    start = token.removeprefix("after-")
    if not (size.isdecimal() and start.isdecimal()):
        raise RefusedError(400, "Invalid page size or page token.")
    first, last = int(start), int(start) + min(max(int(size), 1), max_size)
    return Page(list(items[first:last]), {"nextPageToken": f"after-{last}"} if last < len(items) else {})
