"""Turn what damaged files raise in Python's and NumPy's readers into an error about the file."""

from __future__ import annotations

import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from maskmill.errors import ArgumentError

_COMPRESSED = (zlib.error, zipfile.BadZipFile, tarfile.TarError, EOFError, struct.error, NotImplementedError)
_VALUES = (TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError, RuntimeError, SyntaxError)


@contextmanager
def damage_as_argument_error(wanted: str, at: str) -> Iterator[None]:
    """Raise an `ArgumentError` for what a damaged value or file raises.

    >>> with damage_as_argument_error("the JSON that write wrote", "line 1 of index.jsonl"):
    ...     {}["key"]
    Traceback (most recent call last):
        ...
    maskmill.errors.ArgumentError: expected the JSON that write wrote, got no 'key' - at `line 1 of index.jsonl`

    Parameters
    ----------
    wanted : str
        What was expected.
    at : str
        The file, or the place in it.
    """
    try:
        yield
    except ArgumentError as error:
        raise error.within(at) from None
    except KeyError as error:
        raise ArgumentError(wanted, f"no {error.args[0]!r}"[:80], at) from None
    except OSError as error:
        if error.filename:
            raise
        raise ArgumentError(wanted, "damaged or cut data", at) from None
    except _COMPRESSED:
        raise ArgumentError(wanted, "damaged or cut data", at) from None
    except MemoryError:
        raise ArgumentError(wanted, "sizes beyond the memory", at) from None
    except _VALUES:
        raise ArgumentError(wanted, "values of other types", at) from None
