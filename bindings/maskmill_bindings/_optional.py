"""Import optional packages, and number classes: what the adapters to frameworks share."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import MissingPackageError

from .exports import Settings
from .exports._shared.settings import class_names, labels_of
from .record import Record

if TYPE_CHECKING:
    from maskmill import Masks


def import_optional(package: str, extra: str) -> Any:
    """Return the module of a package that the extra `extra` installs.

    >>> import_optional("no_such_package", "torch")
    Traceback (most recent call last):
        ...
    maskmill.errors.MissingPackageError: expected the package no_such_package, got none - pip install 'maskmill[torch]'

    Raises
    ------
    maskmill.errors.MissingPackageError
        It is not installed. An error from inside an installed package is raised as it is.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
    raise MissingPackageError(f"expected the package {package}, got none - pip install 'maskmill[{extra}]'")


def class_numbers(masks: Masks, classes: Sequence[str] | None) -> NDArray[np.int64]:
    """Return (N,) int64, the class number of each row from 0; without `classes`, the sorted labels are the classes.

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
    settings = Settings(labels_of([Record("", masks)]) if classes is None else class_names(classes))
    return np.array([settings.number(label) for label in masks.labels], np.int64)
