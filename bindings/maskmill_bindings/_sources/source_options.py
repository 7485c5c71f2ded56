"""Options for reading the rows of sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from maskmill.errors import expected

ROLES: Final[dict[str, tuple[str, ...]]] = {
    "reply": (
        *("reply", "response", "output", "modelOutput", "answer", "completion", "prediction", "result"),
        *("generated_text", "text", "content"),
    ),
    "key": ("key", "custom_id", "customId", "recordId", "record_id", "image_id", "imageId", "id"),
    "image": ("image", "file_name", "filename", "fileName", "image_name", "image_path", "image_file", "imagePath"),
    "width": ("width",),
    "height": ("height",),
    "size": ("size",),
    "model": ("model", "modelVersion", "model_version"),
}
"""Names of fields by role; the first that a row has counts. `text` comes late, as it may be the prompt, and `id` comes
last, as a service's own number for the request."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How the rows of all sources are read.

    >>> SourceOptions(fields={"reply": "answer"}).names["reply"]
    ('answer',)

    Attributes
    ----------
    size : tuple of int, optional
        (width, height) of images whose size is not known otherwise.
    images : str, optional
        Folder with the images, or a pattern of their files, such as ``photos/{key}.jpg``. In a pattern, ``{key}`` is
        the row's key, ``{image}`` its image, and ``{stem}`` the image without folders and suffix, or the key where the
        row names no image.
    requests : str, optional
        JSON Lines of the batch that was sent, which state image and size by key.
    fields : mapping of str to str
        Name of the field for a role in `ROLES`, instead of the default names.
    max_row_bytes : int
        Bytes of the longest row that is held in memory; a longer one becomes an entry with a failure.

    Raises
    ------
    maskmill.errors.ArgumentError
        A role is unknown, or a value is invalid.
    """

    size: tuple[int, int] | None = None
    images: str | None = None
    requests: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    max_row_bytes: int = 64 * 2**20

    def __post_init__(self) -> None:
        if type(self.max_row_bytes) is not int or self.max_row_bytes < 1:
            raise expected("a positive integer", self.max_row_bytes, "max_row_bytes")
        for role, name in self.fields.items():
            if role not in ROLES:
                raise expected(f"one of {', '.join(ROLES)}", role, "fields")
            if not isinstance(name, str) or not name:
                raise expected("the name of a field", name, f"fields[{role!r}]")
        if self.size is not None:
            from maskmill._images.size import read_size
            from maskmill.limits import Limits

            read_size(self.size, Limits())

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Names of the fields of each role, in order of preference."""
        return {**ROLES, **{role: (name,) for role, name in self.fields.items()}}
