"""Lists a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from .response_json import RefusedError

T = TypeVar("T")


class Page(NamedTuple, Generic[T]):
    """Some of a list, and the token of the next page as a field of the answer."""

    items: list[T]
    next: dict[str, str]


def page(every: Sequence[T], query: Mapping[str, str], usual: int, most: int = 100) -> Page[T]:
    """The page that a query asks for.

    >>> page("abcde", {"pageSize": "2"}, 10)
    Page(items=['a', 'b'], next={'nextPageToken': 'after-2'})
    >>> page("abcde", {"pageSize": "2", "pageToken": "after-4"}, 10)
    Page(items=['e'], next={})

    Raises
    ------
    RefusedError
        It asks for none.
    """
    size = query.get("pageSize") or query.get("page_size") or str(usual)
    token = query.get("pageToken") or query.get("page_token") or "after-0"
    start = token.removeprefix("after-")
    if not (size.isdecimal() and start.isdecimal()):
        raise RefusedError(400, "Invalid page size or page token.")
    first, last = int(start), int(start) + min(max(int(size), 1), most)
    return Page(list(every[first:last]), {"nextPageToken": f"after-{last}"} if last < len(every) else {})
