"""The client as a library: one image, or a stream of them; in an event loop, or without one."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from numpy.typing import NDArray

import maskmill
from maskmill.errors import told

from ._ledger.ledger import Ledger
from ._models import Models, load_models
from ._photos.photo import Photo, PhotoError, load, read
from ._plan import AskAgain, Asked, Plan, Trail, read_asked
from ._requests.requester import Asker, StoppedError
from ._requests.sdk import Wire
from ._run_limits import Limits

if TYPE_CHECKING:
    from maskmill import Masks

Image = str | Path | bytes | NDArray[np.uint8]
"""A file, what is in one, or (H, W, 3) uint8 RGB."""

_AHEAD: Final = 3
"""So many times as many images as requests may be in flight are at work, so that a slow one holds up none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one image.

    Attributes
    ----------
    image
        As it was given.
    masks
        Of the best reply; None where there is none.
    error, error_code
        Why there is no reply; empty where there is one.
    asked
        Every question about the image, with its answer, tokens and masks.
    dollars
        What they cost; None where a price is not known.
    """

    image: Image
    masks: Masks | None
    error: str = ""
    error_code: str = ""
    asked: tuple[Asked, ...] = ()
    dollars: float | None = 0.0

    @property
    def text(self) -> str:
        """What the model wrote; empty where there is no reply."""
        best = Trail(list(self.asked), None).best
        return "" if best is None else best.said.text


@dataclass(kw_only=True)
class _Options:
    """What both clients are made with.

    Attributes
    ----------
    model
        Name of the model; None: the best one that answers today.
    api_key, base_url
        Of the service; None: those of the environment.
    limits
        How many requests at a time, how long, how often again.
    again
        Whether to ask again where an item has no mask: ``"off"``, ``"same"`` or ``"family"``, see `Plan`.
    most
        Longest side in pixels to which images are shrunk.
    models
        The table of models.
    ledger
        File with every answer, so that nothing is asked twice, by this client or another; None: one for the life of
        the client.
    codebook
        What mask tokens stand for, as for `maskmill.decode`; what it knows is not asked again.
    """

    model: str | None = None
    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    limits: Limits = field(default_factory=Limits)
    again: AskAgain = "off"
    most: int = 1024
    models: Models = field(default_factory=load_models, repr=False)
    ledger: Path | str | None = None
    codebook: maskmill.codebooks.Codebook | Path | str | None = None


@dataclass(kw_only=True)
class AsyncClient(_Options):
    """Asks for masks in an event loop.

    >>> async def masks_of(paths):
    ...     async with AsyncClient(model="gemini-2.5-flash") as client:
    ...         async for reply in client.segment_many(paths, labels=["cup"]):
    ...             print(reply.image, reply.masks if reply.masks is not None else reply.error)

    Raises
    ------
    maskmill.errors.MaskmillError
        On entry: there is no key, the SDK is not installed, the ledger cannot be used.
    """

    __doc__ = f"{__doc__}\n{_Options.__doc__}"

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            if self.ledger is None:
                path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "ledger.sqlite"
            else:
                path = Path(self.ledger)
            ledger = stack.enter_context(Ledger(path))
            wire = await stack.enter_async_context(Wire(self.api_key, self.base_url, self.limits.timeout))
            self._asker = Asker(wire, ledger, self.limits)
            self._decoder = maskmill.Decoder(codebook=self.codebook)
            self._tasks = set[asyncio.Task[Reply]]()
            stack.push_async_callback(_ended, self._tasks)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def segment(self, image: Image, *, labels: Sequence[str] | None = None, prompt: str | None = None) -> Reply:
        """Ask about one image.

        Parameters
        ----------
        image
            A file, its bytes, or (H, W, 3) uint8 RGB.
        labels, prompt
            What to segment: labels, or a text that says it.

        Raises
        ------
        StoppedError
            Nothing is asked any more: the key is wrong, the quota of the day is spent, no server is there, …
        maskmill.errors.ArgumentError
            Labels or prompt cannot be used.
        """
        return await self._segment(image, self._plan(labels, prompt))

    async def segment_many(
        self, images: Iterable[Image], *, labels: Sequence[str] | None = None, prompt: str | None = None
    ) -> AsyncGenerator[Reply]:
        """Ask about many images; their replies in the same order, as they come.

        What cannot be asked is a reply with an `error`, also after a stop: nothing is lost, and no image ends the rest.
        Of `images`, no more is taken than is at work.
        """
        plan = self._plan(labels, prompt)
        tasks: deque[asyncio.Task[Reply]] = deque()
        try:
            for image in images:
                tasks.append(self._begun(image, plan))
                if len(tasks) >= _AHEAD * self.limits.concurrency:
                    yield await tasks.popleft()
            while tasks:
                yield await tasks.popleft()
        finally:
            await _ended(tasks)

    def _begun(self, image: Image, plan: Plan) -> asyncio.Task[Reply]:
        task = asyncio.create_task(self._recorded(image, plan))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _plan(self, labels: Sequence[str] | None, prompt: str | None) -> Plan:
        return Plan(
            labels=labels, prompt=prompt, model=self.model, again=self.again, most=self.most, models=self.models
        )

    async def _recorded(self, image: Image, plan: Plan) -> Reply:
        try:
            return await self._segment(image, plan)
        except StoppedError as stop:
            return Reply(image, None, f"it was not asked: {stop}", "not_asked")

    async def _segment(self, image: Image, plan: Plan) -> Reply:
        try:
            data, photo = await asyncio.to_thread(_read, image, plan.most)
        except PhotoError as error:
            return Reply(image, None, str(error), error.code)
        digest, asked = hashlib.sha256(data).hexdigest(), list[Asked]()
        decode = partial(self._decoder.decode, size=photo.size)
        for step in plan.steps:
            if not plan.follows(step, asked):
                break
            likely = plan.estimate(step, photo.sent)
            answer = await self._asker.ask(step.question(digest, plan.most), partial(_ready, photo), likely)
            asked.append(await asyncio.to_thread(read_asked, step, answer, decode))
        return _reply(image, plan, asked)


@dataclass(kw_only=True)
class Client(_Options):
    """Asks for masks without an event loop: one of its own runs on another thread.

    >>> def masks_of(paths):
    ...     with Client(model="gemini-2.5-flash") as client:
    ...         for reply in client.segment_many(paths, labels=["cup"]):
    ...             print(reply.image, reply.masks if reply.masks is not None else reply.error)

    Raises
    ------
    maskmill.errors.MaskmillError
        On entry: there is no key, the SDK is not installed, the ledger cannot be used.
    """

    __doc__ = f"{__doc__}\n{_Options.__doc__}"

    def __enter__(self) -> Self:
        from anyio.from_thread import start_blocking_portal

        with ExitStack() as stack:
            self._portal = stack.enter_context(start_blocking_portal("asyncio"))
            client = AsyncClient(**{one.name: getattr(self, one.name) for one in fields(self)})
            self._client = stack.enter_context(self._portal.wrap_async_context_manager(client))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def segment(self, image: Image, *, labels: Sequence[str] | None = None, prompt: str | None = None) -> Reply:
        """Ask about one image, see `AsyncClient.segment`."""
        return self._portal.call(partial(self._client.segment, image, labels=labels, prompt=prompt))

    def segment_many(
        self, images: Iterable[Image], *, labels: Sequence[str] | None = None, prompt: str | None = None
    ) -> Iterator[Reply]:
        """Ask about many images, see `AsyncClient.segment_many`."""
        replies = self._client.segment_many(images, labels=labels, prompt=prompt)
        try:
            while (reply := self._portal.call(_next, replies)) is not None:
                yield reply
        finally:
            with suppress(RuntimeError):  # the client has ended, and everything with it
                self._portal.call(replies.aclose)


async def _ended(tasks: Iterable[asyncio.Task[Reply]]) -> None:
    """Cancel what is under way, and wait until it has given back what it held."""
    waiting = list(tasks)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def _next(replies: AsyncGenerator[Reply]) -> Reply | None:
    return await anext(replies, None)


def _read(image: Image, most: int) -> tuple[bytes, Photo]:
    if isinstance(image, np.ndarray):
        data = _encoded(image)
    else:
        data = image if isinstance(image, bytes) else read(Path(image))
    return data, load(data, most, at=_name(image))


def _encoded(pixels: NDArray[np.uint8]) -> bytes:
    from ..exports.png import encoded

    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        got = f"{pixels.shape} {pixels.dtype}"
        raise PhotoError("not_an_image", str(told("(H, W, 3) uint8 RGB", got, "image")))
    return encoded(pixels)


def _name(image: Image) -> str:
    return str(image) if isinstance(image, str | Path) else "image"


async def _ready(photo: Photo) -> Photo:
    return photo


def _reply(image: Image, plan: Plan, asked: list[Asked]) -> Reply:
    prices = [plan.price(one.step, one.usage, one.answer.by) for one in asked]
    dollars = None if None in prices else sum(price for price in prices if price is not None)
    best = Trail(asked, None).best
    if best is not None:
        return Reply(image, best.masks, asked=tuple(asked), dollars=dollars)
    last = asked[-1]
    message, code = last.answer.message or last.said.message, last.answer.code or last.said.code
    return Reply(image, None, message, code, tuple(asked), dollars)
