"""The emulator as its users see it."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Self

from maskmill.errors import expected, told
from maskmill.samples._replies import FORMS

from ._answers.answers import SPECIAL_FORMS
from ._faults import Faults
from ._journal import Journal
from ._protocol.api import Api, Settings
from ._protocol.http_server import Server
from ._quota import Quota


class Emulator:
    """The Gemini API on this machine, answering with masks whose truth is known.

    >>> from urllib.request import urlopen
    >>> with Emulator() as emulator:
    ...     urlopen(f"{emulator.url}/v1/models?key=any").status
    200

    Parameters
    ----------
    host, port
        Where to listen; port 0: any that is free, which `url` tells.
    latency
        Seconds that every answer of a model takes, the making of it included.
    seed
        Chooses the faults and the codebook of mask tokens, and marks the answers.
    form
        Of the masks, instead of what each model writes: a name of `maskmill.samples.FORMS`, or ``boxes``,
        ``truncated``, ``prose``, ``mixed``, or ``leaks``: tokens where a model would write a PNG.
    forms
        Instead of `form`: those of the first answer about a content, of the second, and so on; the last stays.
    faults
        What goes wrong.
    quota
        How many requests are answered in a span of time.
    keys
        API keys that are taken; None: any.
    batch_delay
        Seconds from the creation of a batch to its end.
    batch_polls
        How often a batch is asked for before it tells that it has ended.
    journal_file
        Where the journal is also written, one JSON object a line.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        latency: float = 0.0,
        seed: int = 0,
        form: str | None = None,
        forms: Sequence[str] = (),
        faults: Faults | None = None,
        quota: Quota | None = None,
        keys: Collection[str] | None = None,
        batch_delay: float = 0.2,
        batch_polls: int = 0,
        journal_file: Path | str | None = None,
    ) -> None:
        settings = Settings(
            latency, seed, _forms(form, forms), faults or Faults(), quota or Quota(), keys, batch_delay, batch_polls
        )
        self.journal = Journal(journal_file)
        """What was asked and answered."""
        try:
            self._server = Server(host, port)
        except OSError as error:
            self.journal.close()
            raise told("an address to listen on", f"{host}:{port}: {error.strerror}", "port") from None
        self.url = f"http://{host}:{self._server.server_port}"
        """Where it listens, as the SDK's base_url."""
        self._server.api = Api(self.url, settings, self.journal, time.monotonic)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every connection and every batch; what was stored is gone."""
        self._server.stop()
        self._thread.join()
        self.journal.close()


def _forms(form: str | None, forms: Sequence[str]) -> Sequence[str | None]:
    if form is not None and forms:
        raise told("one of form and forms", "both", "form")
    known = (*FORMS, *SPECIAL_FORMS)
    for name in (form, *forms):
        if name is not None and name not in known:
            raise expected(f"one of {', '.join(known)}", name, "form")
    return tuple(forms) or (form,)
