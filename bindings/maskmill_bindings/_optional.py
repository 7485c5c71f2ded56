"""What the adapters to frameworks share."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import MissingPackageError, expected

from .exports import Settings, labels_of
from .record import Record

if TYPE_CHECKING:
    from maskmill import Masks


def needed(package: str, extra: str) -> Any:
    """The module of a package that only the extra `extra` installs.

    >>> needed("no_such_package", "torch")
    Traceback (most recent call last):
        ...
    maskmill.errors.MissingPackageError: expected the package no_such_package, got none - pip install 'maskmill[torch]'

    Raises
    ------
    maskmill.errors.MissingPackageError
        It is not installed. An error from inside a package that is installed goes through as it is.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
    raise MissingPackageError(f"expected the package {package}, got none - pip install 'maskmill[{extra}]'")


def class_numbers(masks: Masks, classes: Sequence[str] | None) -> NDArray[np.int64]:
    """(N,) int64: the number of each row's class, from 0; without `classes`, that of the sorted labels.

    >>> import maskmill
    >>> square = [[0, 0], [500, 0], [500, 500]]
    >>> masks = maskmill.decode([{"mask": square, "label": "cat"}, {"mask": square, "label": "ant"}], size=(8, 8))
    >>> class_numbers(masks, None).tolist(), class_numbers(masks, ["dog", "cat", "ant"]).tolist()
    ([1, 0], [1, 2])

    Raises
    ------
    maskmill.errors.ArgumentError
        A label is none of the classes.
    """
    if isinstance(classes, str):
        raise expected("names of classes in order", classes, "classes")
    settings = Settings(labels_of([Record("", masks)]) if classes is None else tuple(classes))
    return np.array([settings.number(label) for label in masks.labels], np.int64)
