"""What is timed: a fixed set of cases, each a form of masks in an image of one size brought to one output.

The version goes up with any change of the replies, the cases or their work: scores are compared within one version.
Before a case is timed its texts and its results are held to stored digests, so that nobody times a wrong result.
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
from .workload_replies import png_reply, ring_reply

if TYPE_CHECKING:
    from maskmill import Decoder, Masks

VERSION: Final = 1
_DIGESTS: Final = Path(__file__).with_name("digests.json")
_SIZES: Final = ((640, 480), (3840, 2160))
_REPLIES: Final = 8
_ITEMS: Final = 8

_MAKERS: Final[dict[str, Callable[..., str]]] = {"png": png_reply, "ring": ring_reply}
_OUTPUTS: Final[dict[str, Callable[[Masks], Any]]] = {
    "rle": lambda masks: masks.coco(),
    "dense": lambda masks: masks.dense(),
    "instance map": lambda masks: masks.instance_map(),
}
_OUTPUTS_THERE: Final[dict[str, Callable[[Masks], Any]]] = {"dense": gpu_cases.dense}
"""What a GPU makes of masks; the CPU makes the rest."""

_AT_ONCE: Final = {"rle": 4, "dense": 1, "instance map": 2}
"""Replies that are decoded in one go."""

_REPEATS_THERE: Final = 8
"""A GPU gains by large batches: it gets all replies in one go, so many times over."""

_PAGE: Final = 4096
_LEFT_OUT: Final = {"tokens": "this workload has no codebooks"}


class WrongResultError(MaskmillError):
    """What a case decodes, or what it was to decode, is not what it was when the workload was made."""


class Work(NamedTuple):
    """What a case is about.

    Attributes
    ----------
    masks
        Of all its replies.
    nbytes
        That must be moved at least: the replies' text read, the results written; of an array the pages that are not
        background throughout, since the others come as zeros from the system, which only gives them when touched.
    digest
        Of the results.
    """

    masks: int
    nbytes: int
    digest: str


@dataclass(frozen=True)
class Case:
    """Replies of one form about images of one size, to one output.

    Attributes
    ----------
    form, size, output
        As the name says; (width, height).
    texts
        The replies.
    device
        What decodes.
    repeats
        If more than one: all replies are decoded in one go, so many times over.
    """

    form: str
    size: tuple[int, int]
    output: str
    texts: Sequence[str] = field(repr=False)
    device: str = "cpu"
    repeats: int = 1

    @property
    def name(self) -> str:
        """Such as ``png 640x480 rle``; of a GPU with its device."""
        device = "" if self.device == "cpu" else f" {self.device}"
        return f"{self.form} {self.size[0]}x{self.size[1]} {self.output}{device}"

    @property
    def turns(self) -> int:
        """Stints after which the replies begin anew."""
        return 1 if self.repeats > 1 else -(-len(self.texts) // _AT_ONCE[self.output])

    def stint(self, number: int) -> int:
        """Decode some of the replies, which ones follows from the number, and drop the results; count the masks."""
        return sum(count for count, _ in self.results(number))

    def results(self, number: int) -> Iterator[tuple[int, Any]]:
        """The number of masks and the result of each reply of a stint."""
        outputs = _OUTPUTS if self.device == "cpu" else _OUTPUTS | _OUTPUTS_THERE
        texts = self._texts_of(number)
        for masks in _decoder(self.device).decode_batch(texts, [self.size] * len(texts)):
            if isinstance(masks, Exception):
                raise masks
            yield len(masks), outputs[self.output](masks)

    def _texts_of(self, number: int) -> list[str]:
        if self.repeats > 1:
            return [*self.texts] * self.repeats
        start = number % self.turns * _AT_ONCE[self.output]
        return [*self.texts[start : start + _AT_ONCE[self.output]]]

    def work(self) -> Work:
        """Decode every reply, as often as a stint does.

        Raises
        ------
        WrongResultError
            Its results are not the same each time.
        """
        results = chain.from_iterable(map(self.results, range(self.turns)))
        first, *others = [self._work(islice(results, len(self.texts))) for _ in range(self.repeats)]
        for other in others:
            _compare(self.name, {self.name: first.digest}, other.digest)
        return first

    def _work(self, results: Iterable[tuple[int, Any]]) -> Work:
        digest, masks, nbytes = hashlib.blake2b(digest_size=16), 0, sum(map(len, self.texts))
        for count, result in results:
            masks += count
            nbytes += _update(digest, gpu_cases.on_host(result))
        return Work(masks, nbytes, digest.hexdigest())


@cache
def _decoder(device: Any) -> Decoder:
    from maskmill import Decoder

    return Decoder(device=device)


def _update(digest: Any, result: Any) -> int:
    """Put a result into a digest, the same on machines of either byte order; return the bytes that it takes."""
    if isinstance(result, list):
        counts = [rle["counts"] for rle in result]
        digest.update(b"\n".join(counts) + b"\n")
        return sum(map(len, counts))
    values = np.packbits(result) if result.dtype == bool else result.astype("<i4", copy=False)
    digest.update(str(result.shape).encode() + np.ascontiguousarray(values).data)
    return _touched(result)


def _touched(result: NDArray[Any]) -> int:
    """Bytes of the pages that hold anything but zeros."""
    whole = result.size * result.itemsize // _PAGE * _PAGE
    flat = result.reshape(-1).view(np.uint8)
    return _PAGE * int(flat[:whole].reshape(-1, _PAGE).any(axis=1).sum()) + flat.size - whole


def standard() -> list[Case]:
    """The cases of this version, those of a GPU where there is one."""
    texts = {form: [make(seed, _ITEMS) for seed in range(_REPLIES)] for form, make in _MAKERS.items()}
    devices = {"cpu": 1} if gpu_cases.lacks() else {"cpu": 1, "cuda": _REPEATS_THERE}
    parts = product(devices.items(), texts, _SIZES, _OUTPUTS)
    return [Case(form, size, output, texts[form], *device) for device, form, size, output in parts]


def left_out(cases: Sequence[Case]) -> dict[str, str]:
    """What has no cases among these, with the reason."""
    has_gpu = any(case.device != "cpu" for case in cases)
    return _LEFT_OUT if has_gpu else {**_LEFT_OUT, "gpu": gpu_cases.lacks() or "it was not asked for"}


# Digests.


def stored() -> dict[str, str]:
    """The digests of this version, by name of a case, and of its texts by ``texts`` and the form."""
    found: dict[str, str] = json.loads(_DIGESTS.read_text())
    return found


def digests_of(cases: Sequence[Case]) -> dict[str, str]:
    """What is stored: for whoever makes a new version."""
    return {**{_of_texts(c): _text_digest(c) for c in cases}, **{c.name: c.work().digest for c in cases}}


def verified(case: Case, digests: Mapping[str, str]) -> Work:
    """What a case is about, after its texts and its results were compared.

    Raises
    ------
    WrongResultError
        A digest is another, or there is none.
    """
    _compare(_of_texts(case), digests, _text_digest(case))
    work = case.work()
    _compare(case.name.removesuffix(" cuda"), digests, work.digest)
    return work


def _compare(name: str, digests: Mapping[str, str], got: str) -> None:
    if digests.get(name) != got:
        raise WrongResultError(f"expected the digest {digests.get(name, 'of a known case')}, got {got} - at `{name}`")


def _of_texts(case: Case) -> str:
    return f"texts {case.form}"


def _text_digest(case: Case) -> str:
    return hashlib.blake2b("\n".join(case.texts).encode(), digest_size=16).hexdigest()
