"""The emulator as a context manager: options, start and stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Self

from maskmill._one_or_many import as_entries
from maskmill.errors import ArgumentError, expected
from maskmill.samples._replies import FORMS

from ._answers.answers import SPECIAL_FORMS
from ._faults import Faults
from ._journal import Journal
from ._protocol.calls import Api, EmulatorSettings
from ._protocol.http_server import EmulatorServer
from ._quota import Quota


class Emulator:
    """A Gemini API on this machine that answers with masks whose true pixels are known.

    >>> from urllib.request import urlopen
    >>> with Emulator() as emulator:
    ...     urlopen(f"{emulator.url}/v1/models?key=any").status
    200

    Parameters
    ----------
    host : str
        Address to listen on.
    port : int
        Port to listen on; 0: any free port, see `url`.
    latency : float
        Minimum seconds until a model's answer is sent.
    seed : int
        Chooses the faults, the codebook of mask tokens, and the IDs of answers.
    form : str, optional
        Form of the masks, instead of each model's usual form: a name in `maskmill.samples.FORMS`, or ``boxes``,
        ``truncated``, ``prose``, ``mixed``, or ``leaks``: tokens where a model would write a PNG.
    forms : Sequence[str]
        Instead of `form`: the forms of the first, second, … answer about the same content; the last one repeats.
    faults : Faults, optional
        What goes wrong.
    quota : Quota, optional
        How many requests are accepted in a span of time.
    keys : Collection[str] or None
        API keys that are accepted; None: any key.
    batch_delay : float
        Seconds from the creation of a batch job to its end.
    batch_polls : int
        How often a batch job must be polled before it reports its end.
    journal_file : Path or str, optional
        Where the journal is also written, one JSON object per line.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        latency: float = 0.0,
        seed: int = 0,
        form: str | None = None,
        forms: Sequence[str] | str = (),
        faults: Faults | None = None,
        quota: Quota | None = None,
        keys: Collection[str] | None = None,
        batch_delay: float = 0.2,
        batch_polls: int = 0,
        journal_file: Path | str | None = None,
    ) -> None:
        settings = EmulatorSettings(
            latency,
            seed,
            _check_forms(form, forms),
            faults or Faults(),
            quota or Quota(),
            keys,
            batch_delay,
            batch_polls,
        )
        self.journal = Journal(journal_file)
        """Every request and its outcome."""
        try:
            self._server = EmulatorServer(host, port)
        except OSError as error:
            self.journal.close()
            raise ArgumentError("an address to listen on", f"{host}:{port}: {error.strerror}", "port") from None
        self.url = f"http://{host}:{self._server.server_port}"
        """Where it listens; the SDK's base_url."""
        self._server.api = Api(self.url, settings, self.journal, time.monotonic)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all connections and batch jobs, and drop all stored files."""
        self._server.stop()
        self._thread.join()
        self.journal.close()


def _check_forms(form: str | None, forms: Sequence[str] | str) -> Sequence[str | None]:
    forms = as_entries(forms)
    if form is not None and forms:
        raise ArgumentError("one of form and forms", "both", "form")
    known = (*FORMS, *SPECIAL_FORMS)
    for name in (form, *forms):
        if name is not None and name not in known:
            raise expected(f"one of {', '.join(known)}", name, "form")
    return tuple(forms) or (form,)
