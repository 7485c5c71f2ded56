"""The workload: a fixed set of cases, each replies of one form, for images of one size, decoded to one output.

The version goes up with any change of the replies, the cases or their work, since scores are compared within one
version. Before a case is timed, its texts and its results are compared with stored digests, so that no wrong result is
timed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, islice, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import MaskmillError

from . import gpu_cases
from .forms import FORMS, load_replies

if TYPE_CHECKING:
    from maskmill import Decoder, Masks

VERSION: Final = 1
_DIGESTS: Final = Path(__file__).with_name("data") / "digests.json"
_SIZES: Final = ((640, 480), (3840, 2160))
_OUTPUTS: Final[dict[str, Callable[[Masks], Any]]] = {
    "rle": lambda masks: masks.coco(),
    "dense": lambda masks: masks.dense(),
    "instance map": lambda masks: masks.instance_map(),
}
_GPU_OUTPUTS: Final[dict[str, Callable[[Masks], Any]]] = {"dense": gpu_cases.decode_dense_on_gpu}
"""Outputs that a GPU computes; the CPU computes the others."""

_REPLIES_PER_TASK: Final = {"rle": 4, "dense": 1, "instance map": 2}
"""Number of replies that a task decodes in one batch, by output."""

_GPU_REPEATS: Final = 8
"""How often all replies are repeated in the one batch of a GPU, which gains by large batches."""

_PAGE_BYTES: Final = 4096
_OMISSIONS: Final = {"tokens": "this workload has no codebooks"}


class WrongResultError(MaskmillError):
    """The texts or the results of a case differ from those of the workload."""


class CaseFacts(NamedTuple):
    """Facts about the replies and results of a case.

    Attributes
    ----------
    masks : int
        Number of masks in all replies.
    nbytes : int
        Bytes that must be moved: text read and results written. Of an array only the pages with foreground count, since
        the system provides the other pages as zeros, and only when they are touched.
    digest : str
        Digest of the results.
    """

    masks: int
    nbytes: int
    digest: str


@dataclass(frozen=True)
class Case:
    """Replies of one form, for images of one size, decoded to one output.

    Attributes
    ----------
    form : str
        A name in `FORMS`.
    size : tuple[int, int]
        (width, height) of the images.
    output : str
        ``rle``, ``dense`` or ``instance map``.
    texts : Sequence[str]
        The replies.
    device : str
        ``cpu`` or ``cuda``.
    repeats : int
        If above 1, a task decodes all replies in one batch, this many times over.
    """

    form: str
    size: tuple[int, int]
    output: str
    texts: Sequence[str] = field(repr=False)
    device: str = "cpu"
    repeats: int = 1

    @property
    def name(self) -> str:
        """Such as ``png 640x480 rle``, with the device if it is a GPU."""
        device = "" if self.device == "cpu" else f" {self.device}"
        return f"{self.form} {self.size[0]}x{self.size[1]} {self.output}{device}"

    @property
    def tasks_per_pass(self) -> int:
        """Number of tasks that decode all replies once."""
        return 1 if self.repeats > 1 else -(-len(self.texts) // _REPLIES_PER_TASK[self.output])

    def task(self, number: int) -> int:
        """Decode the replies of a task, chosen by its number, drop the results, and return the number of masks."""
        return sum(count for count, _ in self.results(number))

    def results(self, number: int) -> Iterator[tuple[int, Any]]:
        """Yield the number of masks and the result of each reply of a task."""
        outputs = _OUTPUTS if self.device == "cpu" else _OUTPUTS | _GPU_OUTPUTS
        texts = self._texts_of(number)
        for masks in _decoder(self.device).decode_batch(texts, [self.size] * len(texts)):
            if isinstance(masks, Exception):
                raise masks
            yield len(masks), outputs[self.output](masks)

    def _texts_of(self, number: int) -> list[str]:
        if self.repeats > 1:
            return [*self.texts] * self.repeats
        start = number % self.tasks_per_pass * _REPLIES_PER_TASK[self.output]
        return [*self.texts[start : start + _REPLIES_PER_TASK[self.output]]]

    def decode_all(self) -> CaseFacts:
        """Decode every reply, as often as a task does, and return the facts.

        Raises
        ------
        WrongResultError
            Repeated decodes gave different results.
        """
        results = chain.from_iterable(map(self.results, range(self.tasks_per_pass)))
        first, *others = [self._facts(islice(results, len(self.texts))) for _ in range(self.repeats)]
        for other in others:
            _check_digest(self.name, {self.name: first.digest}, other.digest)
        return first

    def _facts(self, results: Iterable[tuple[int, Any]]) -> CaseFacts:
        digest, masks, nbytes = hashlib.blake2b(digest_size=16), 0, sum(map(len, self.texts))
        for count, result in results:
            masks += count
            nbytes += _update(digest, gpu_cases.copy_to_host(result))
        return CaseFacts(masks, nbytes, digest.hexdigest())


@cache
def _decoder(device: Any) -> Decoder:
    from maskmill import Decoder

    return Decoder(device=device)


def _update(digest: Any, result: Any) -> int:
    """Add a result to a digest, the same for either byte order, and return its bytes."""
    if isinstance(result, list):
        counts = [rle["counts"] for rle in result]
        digest.update(b"\n".join(counts) + b"\n")
        return sum(map(len, counts))
    values = np.packbits(result) if result.dtype == bool else result.astype("<i4", copy=False)
    digest.update(str(result.shape).encode() + np.ascontiguousarray(values).data)
    return _touched_bytes(result)


def _touched_bytes(result: NDArray[Any]) -> int:
    """Return the bytes of the pages that are not all zeros."""
    whole = result.size * result.itemsize // _PAGE_BYTES * _PAGE_BYTES
    flat = result.reshape(-1).view(np.uint8)
    return _PAGE_BYTES * int(flat[:whole].reshape(-1, _PAGE_BYTES).any(axis=1).sum()) + flat.size - whole


def standard_cases() -> list[Case]:
    """Return the cases of this version, with those of a GPU if there is one."""
    texts = load_replies()
    devices = {"cpu": 1} if gpu_cases.gpu_skip_reason() else {"cpu": 1, "cuda": _GPU_REPEATS}
    parts = product(devices.items(), FORMS, _SIZES, _OUTPUTS)
    return [Case(form, size, output, texts[form], *device) for device, form, size, output in parts]


def list_omissions(cases: Sequence[Case]) -> dict[str, str]:
    """Return what has no case among these, with the reason."""
    has_gpu = any(case.device != "cpu" for case in cases)
    return _OMISSIONS if has_gpu else {**_OMISSIONS, "gpu": gpu_cases.gpu_skip_reason() or "it was not asked for"}


# Digests.


def stored_digests() -> dict[str, str]:
    """Return the stored digests: of results by the name of the case, of texts by ``texts`` and the form."""
    digests: dict[str, str] = json.loads(_DIGESTS.read_text())
    return digests


def verify_case(case: Case, digests: Mapping[str, str]) -> CaseFacts:
    """Compare the texts and results of a case with their digests, and return its facts.

    Raises
    ------
    WrongResultError
        A digest differs or is missing.
    """
    _check_digest(_texts_name(case), digests, _text_digest(case))
    facts = case.decode_all()
    _check_digest(case.name.removesuffix(" cuda"), digests, facts.digest)
    return facts


def _check_digest(name: str, digests: Mapping[str, str], got: str) -> None:
    if digests.get(name) != got:
        raise WrongResultError(f"the digest {digests.get(name, 'of a known case')}", got, name)


def _texts_name(case: Case) -> str:
    return f"texts {case.form}"


def _text_digest(case: Case) -> str:
    return hashlib.blake2b("\n".join(case.texts).encode(), digest_size=16).hexdigest()
