"""The clients: masks of one image or of a stream of images, with or without an event loop."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass, field, fields
from functools import partial
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, cast

import numpy as np

import maskmill
from maskmill.errors import expected

from ._history import Attempt, History, read_attempt
from ._ledger.ledger import Ledger
from ._models import ModelTable, load_models
from ._photos.image_input import Image, load_image
from ._photos.photo import Photo, PhotoError
from ._plan import AskAgain, Plan
from ._requests.requester import Requester, StoppedError
from ._requests.sdk import SdkClient
from ._run_limits import RunLimits

if TYPE_CHECKING:
    from maskmill import Masks

_AHEAD: Final = 3
"""Images in work per request that may be in flight, so that a slow image does not hold up the others."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The result for one image.

    Attributes
    ----------
    image : path, bytes or ndarray
        The image, as it was passed.
    masks : Masks or None
        Masks of the best reply; None where there is no reply.
    error, error_code : str
        Why there is no reply, as a sentence and as a code; empty where there is one.
    asked : tuple of Attempt
        Every question about the image, with its answer, tokens and masks.
    dollars : float or None
        Cost of these questions; None where a price is not known.
    """

    image: Image
    masks: Masks | None
    error: str = ""
    error_code: str = ""
    asked: tuple[Attempt, ...] = ()
    dollars: float | None = 0.0

    @property
    def text(self) -> str:
        """The best reply, as the model wrote it; empty where there is none."""
        best = History(list(self.asked), None).best
        return "" if best is None else best.output.text


@dataclass(kw_only=True)
class _ClientOptions:
    """Options of both clients.

    Attributes
    ----------
    model : str or None
        Name of the model; None: the best one that answers today.
    api_key, base_url : str or None
        Key and address of the service; None: those of the environment.
    limits : RunLimits
        Bounds on the requests.
    again : {"off", "same", "family"}
        Whether to ask again where an item has no mask, see `Plan`.
    most : int
        Longest side in pixels to which images are shrunk; 0: they are sent in full size.
    models : ModelTable
        The table of models.
    ledger : path or None
        File with every answer, so that no client asks anything twice; None: a temporary one for this client.
    codebook : Codebook, path or None
        Gives mask tokens their meaning, as for `maskmill.decode`; tokens that it decodes are not asked for again.
    """

    model: str | None = None
    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    limits: RunLimits = field(default_factory=RunLimits)
    again: AskAgain = "off"
    most: int = 1024
    models: ModelTable = field(default_factory=load_models, repr=False)
    ledger: Path | str | None = None
    codebook: maskmill.codebooks.Codebook | Path | str | None = None


_OPTIONS: Final = cleandoc(_ClientOptions.__doc__ or "").partition("\n\n")[2]
"""The section about the options, which stands in the docstrings of both clients."""


@dataclass(kw_only=True)
class AsyncClient(_ClientOptions):
    """Ask for masks in an event loop.

    >>> async def masks_of(paths):
    ...     async with AsyncClient(model="gemini-3.6-flash") as client:
    ...         async for reply in client.segment_many(paths, labels=["cup"]):
    ...             print(reply.image, reply.masks if reply.masks is not None else reply.error)

    Raises
    ------
    maskmill.errors.MaskmillError
        On entry: there is no key, the SDK is not installed, the ledger cannot be used.
    """

    __doc__ = f"{cleandoc(__doc__)}\n\n{_OPTIONS}"

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            if self.ledger is None:
                path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "ledger.sqlite"
            else:
                path = Path(self.ledger)
            ledger = stack.enter_context(Ledger(path))
            sdk = await stack.enter_async_context(SdkClient(self.api_key, self.base_url, self.limits.timeout))
            self._requester = Requester(sdk, ledger, self.limits)
            self._decoder = maskmill.Decoder(codebook=self.codebook)
            self._tasks = set[asyncio.Task[Reply]]()
            stack.push_async_callback(_cancel_all, self._tasks)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def segment(self, image: Image, *, labels: Sequence[str] | None = None, prompt: str | None = None) -> Reply:
        """Ask about one image.

        Parameters
        ----------
        image : path, bytes or ndarray
            A file, its content, or (H, W, 3) uint8 RGB.
        labels : sequence of str, optional
            What to segment.
        prompt : str, optional
            What to segment, as a text instead of labels.

        Raises
        ------
        StoppedError
            Nothing more is asked: the key is wrong, the quota of the day is spent, no server is reached, …
        maskmill.errors.ArgumentError
            Labels or prompt cannot be used.
        """
        return await self._segment(image, self._plan(labels, prompt))

    async def segment_many(
        self, images: Iterable[Image] | Image, *, labels: Sequence[str] | None = None, prompt: str | None = None
    ) -> AsyncGenerator[Reply]:
        """Ask about many images, and yield their replies in the same order.

        An image that cannot be sent, or was not asked about after a stop, yields a reply with an `error`; it does not
        end the iteration. `images` is read only as far as images are in work.

        Parameters
        ----------
        images : iterable
            Images as of `segment`; a single path, bytes or an array (H, W, 3) is one image.
        labels : sequence of str, optional
            What to segment.
        prompt : str, optional
            What to segment, as a text instead of labels.
        """
        plan = self._plan(labels, prompt)
        tasks: deque[asyncio.Task[Reply]] = deque()
        try:
            for image in _listed(images):
                tasks.append(self._start(image, plan))
                if len(tasks) >= _AHEAD * self.limits.concurrency:
                    yield await tasks.popleft()
            while tasks:
                yield await tasks.popleft()
        finally:
            await _cancel_all(tasks)

    def _start(self, image: Image, plan: Plan) -> asyncio.Task[Reply]:
        task = asyncio.create_task(self._segment_or_error(image, plan))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _plan(self, labels: Sequence[str] | None, prompt: str | None) -> Plan:
        return Plan(
            labels=labels, prompt=prompt, model=self.model, again=self.again, most=self.most, models=self.models
        )

    async def _segment_or_error(self, image: Image, plan: Plan) -> Reply:
        try:
            return await self._segment(image, plan)
        except StoppedError as stop:
            return Reply(image, None, f"it was not asked: {stop}", "not_asked")

    async def _segment(self, image: Image, plan: Plan) -> Reply:
        try:
            data, photo = await asyncio.to_thread(load_image, image, plan.most)
        except PhotoError as error:
            return Reply(image, None, str(error), error.code)
        digest, attempts = hashlib.sha256(data).hexdigest(), list[Attempt]()
        decode = partial(self._decoder.decode, size=photo.size)
        for step in plan.steps:
            if not plan.needs(step, attempts):
                break
            usage = plan.estimate(step, photo.sent)
            answer = await self._requester.ask(plan.question(step, digest), partial(_return, photo), usage)
            attempts.append(await asyncio.to_thread(read_attempt, step, answer, decode))
        return _reply(image, plan, attempts)


@dataclass(kw_only=True)
class Client(_ClientOptions):
    """Ask for masks from synchronous code; an event loop runs on another thread.

    >>> def masks_of(paths):
    ...     with Client(model="gemini-3.6-flash") as client:
    ...         for reply in client.segment_many(paths, labels=["cup"]):
    ...             print(reply.image, reply.masks if reply.masks is not None else reply.error)

    Raises
    ------
    maskmill.errors.MaskmillError
        On entry: there is no key, the SDK is not installed, the ledger cannot be used.
    """

    __doc__ = f"{cleandoc(__doc__)}\n\n{_OPTIONS}"

    def __enter__(self) -> Self:
        from anyio.from_thread import start_blocking_portal

        with ExitStack() as stack:
            self._portal = stack.enter_context(start_blocking_portal("asyncio"))
            client = AsyncClient(**{option.name: getattr(self, option.name) for option in fields(self)})
            self._client = stack.enter_context(self._portal.wrap_async_context_manager(client))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def segment(self, image: Image, *, labels: Sequence[str] | None = None, prompt: str | None = None) -> Reply:
        """Ask about one image, see `AsyncClient.segment`.

        Parameters
        ----------
        image : path, bytes or ndarray
            A file, its content, or (H, W, 3) uint8 RGB.
        labels : sequence of str, optional
            What to segment.
        prompt : str, optional
            What to segment, as a text instead of labels.
        """
        return self._portal.call(partial(self._client.segment, image, labels=labels, prompt=prompt))

    def segment_many(
        self, images: Iterable[Image] | Image, *, labels: Sequence[str] | None = None, prompt: str | None = None
    ) -> Iterator[Reply]:
        """Ask about many images, see `AsyncClient.segment_many`.

        Parameters
        ----------
        images : iterable
            Images as of `segment`, read only as far as they are in work.
        labels : sequence of str, optional
            What to segment.
        prompt : str, optional
            What to segment, as a text instead of labels.
        """
        replies = self._client.segment_many(images, labels=labels, prompt=prompt)
        try:
            while (reply := self._portal.call(_next, replies)) is not None:
                yield reply
        finally:
            with suppress(RuntimeError):  # the client has ended, and everything with it
                self._portal.call(replies.aclose)


def _listed(images: Iterable[Image] | Image) -> Iterable[Image]:
    """Return the images one by one, as they are asked for; a single one is the only one."""
    if not hasattr(images, "__iter__") and not isinstance(images, Path):
        raise expected("images, one after the other", images, "images")
    is_one = isinstance(images, (str, bytes, Path)) or (isinstance(images, np.ndarray) and images.ndim == 3)
    return cast("Iterable[Image]", [images] if is_one else images)


async def _cancel_all(tasks: Iterable[asyncio.Task[Reply]]) -> None:
    """Cancel tasks, and wait until they have ended."""
    cancelled = list(tasks)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)


async def _next(replies: AsyncGenerator[Reply]) -> Reply | None:
    return await anext(replies, None)


async def _return(photo: Photo) -> Photo:
    return photo


def _reply(image: Image, plan: Plan, attempts: list[Attempt]) -> Reply:
    prices = [plan.price(attempt.step, attempt.usage, attempt.answer.by) for attempt in attempts]
    dollars = None if None in prices else sum(price for price in prices if price is not None)
    best = History(attempts, None).best
    if best is not None:
        return Reply(image, best.masks, asked=tuple(attempts), dollars=dollars)
    last = attempts[-1]
    return Reply(image, None, last.error_message, last.error_code, tuple(attempts), dollars)
