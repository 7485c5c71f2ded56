"""Both clients against every fault: masks equal to the truth in each pixel, or the reason why there are none."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from maskmill.errors import ArgumentError, MaskmillError
from maskmill_bindings.emulator import VOCABULARY, Emulator, Faults, draw_scene
from maskmill_bindings.emulator._faults import BREAKAGES, CHANGES, REFUSALS
from maskmill_bindings.genai import AsyncClient, Client, Ledger, LedgerError, Reply, StoppedError
from maskmill_bindings.genai._ledger.question import Question
from maskmill_bindings.genai._models.cost import Usage
from maskmill_bindings.genai._photos.photo import load_photo
from maskmill_bindings.genai._requests.requester import Requester
from support.genai.client_runs import (
    PNG,
    RING,
    SECRET,
    SIZE,
    assert_keyless,
    assert_true,
    pictures,
    quick,
    saying,
    seed_of,
)
from support.genai.emulator_clients import picture
from support.tiers import spread

PASSING = sorted({*REFUSALS, *BREAKAGES} - {"http_400", "quota_day"})
HARMLESS = sorted(CHANGES.keys() - {"max_tokens", "safety", "blocked"})
SILENT = {"safety": "finish_safety", "blocked": "prompt_blocked"}
Ask = Callable[..., list[Reply]]


def ask_sync(url: str, images: Sequence[Any], **options: Any) -> list[Reply]:
    with Client(**{"model": PNG, "api_key": SECRET, "base_url": url, "limits": quick()} | options) as client:
        return list(client.segment_many(images, labels=VOCABULARY))


def ask_async(url: str, images: Sequence[Any], **options: Any) -> list[Reply]:
    async def ask() -> list[Reply]:
        settings: dict[str, Any] = {"model": PNG, "api_key": SECRET, "base_url": url, "limits": quick()} | options
        async with AsyncClient(**settings) as client:
            return [reply async for reply in client.segment_many(images, labels=VOCABULARY)]

    return asyncio.run(ask())


both = pytest.mark.parametrize("ask", [ask_sync, ask_async])


# Faults.


@both
@pytest.mark.parametrize("model", [PNG, RING])
def test_every_mask_is_right(ask: Ask, model: str, tmp_path: Path) -> None:
    paths = [*pictures(tmp_path, 6).iterdir()]
    with Emulator() as emulator:
        replies = ask(emulator.url, paths, model=model)
        assert set(emulator.journal.answers().values()) == {1}
    for path, reply in zip(paths, replies, strict=True):
        assert (reply.image, reply.error, reply.error_code) == (path, "", "")
        assert reply.text
        assert reply.dollars
        assert_true(reply.masks, seed_of(path.name), model)


@both
@pytest.mark.parametrize("fault", spread(PASSING, 3))
def test_faults_that_pass(ask: Ask, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    faults = Faults({fault: 1.0}, times=2 if fault != "http_429_header" else 1, retry_delay=0.05)
    limits = quick(timeout=0.3 if fault == "timeout" else 15.0)
    with Emulator(faults=faults) as emulator:
        [reply] = ask(emulator.url, [picture(1)], limits=limits, model=RING)
        assert [entry.answered for entry in emulator.journal.asked()] == [False] * (faults.times or 0) + [True]
        assert not emulator.journal.early()
    assert_true(reply.masks, 1, RING)
    assert SECRET not in caplog.text


@both
@pytest.mark.parametrize("fault", spread([*PASSING, "http_400"], 3))
def test_faults_that_stay_are_a_record(ask: Ask, fault: str, tmp_path: Path) -> None:
    limits = quick(tries=3, deadline=1.0, timeout=0.2 if fault == "timeout" else 15.0)
    faults = Faults({fault: 1.0}, times=None, retry_delay=0.05)
    with Emulator(faults=faults) as emulator:
        [reply] = ask(emulator.url, [picture(1)], limits=limits, ledger=tmp_path / "ledger.sqlite")
    [again] = ask(emulator.url, [picture(1)], limits=limits, ledger=tmp_path / "ledger.sqlite")  # nobody is there now
    assert (again.error, again.error_code) == (reply.error, reply.error_code)
    codes = {"timeout": "timed_out", "html_502": "http_502", "html_200": "not_json", "empty_200": "empty_response"}
    broken = "not_json" if fault == "json_cut" else "connection" if fault in BREAKAGES else fault[:8]
    assert (reply.masks, reply.text, reply.error_code) == (None, "", codes.get(fault, broken))
    assert reply.error
    assert_keyless(tmp_path)


@both
@pytest.mark.parametrize("fault", [*HARMLESS, *SILENT, "max_tokens"])
def test_odd_answers(ask: Ask, fault: str) -> None:
    with Emulator(faults=Faults({fault: 1.0}, times=None)) as emulator:
        [reply] = ask(emulator.url, [picture(1)], model=RING)
        assert len(emulator.journal) == 1  # it is paid for
    if fault in SILENT:
        assert (reply.masks, reply.error_code) == (None, SILENT[fault])
        assert reply.error
    elif fault == "max_tokens":
        assert reply.masks is not None
        assert str(reply.masks.reply_status) == "truncated"
    else:
        assert_true(reply.masks, 1, RING)


@both
@pytest.mark.parametrize("fault", ["max_tokens", *SILENT])
def test_odd_answers_asked_again(ask: Ask, fault: str) -> None:
    faults = Faults(choose=lambda request: fault if request.earlier == 0 else None)
    with Emulator(faults=faults) as emulator:
        [reply] = ask(emulator.url, [picture(1)], model=RING, again="same")
        assert len(emulator.journal) == 2
    assert [one.step.why for one in reply.asked] == ["first", "same"]
    assert_true(reply.masks, 1, RING)


@both
def test_tokens_then_polygons(ask: Ask) -> None:
    with Emulator(form="tokens") as emulator:
        [reply] = ask(emulator.url, [picture(2)], again="family")
        assert [entry.model for entry in emulator.journal.asked()] == [PNG, PNG, RING]
    assert [one.mask_count for one in reply.asked] == [0, 0, 0]
    assert reply.masks is not None
    with Emulator(forms=("tokens", "tokens", "ring")) as emulator:
        assert [one.step.why for one in ask(emulator.url, [picture(2)], again="family")[0].asked][-1] == "family"


# Stops.


@pytest.mark.parametrize(
    ("options", "faults", "code"),
    [
        ({"keys": ["right"]}, {}, "wrong_key"),
        ({}, {"quota_day": 1.0}, "daily_quota"),
    ],
)
def test_what_stops_everything(options: dict[str, Any], faults: dict[str, float], code: str) -> None:
    with Emulator(**options, faults=Faults(faults, times=None)) as emulator:
        settings: dict[str, Any] = {"model": PNG, "api_key": SECRET, "base_url": emulator.url, "limits": quick()}
        with Client(**settings) as client:
            with pytest.raises(StoppedError) as caught:
                client.segment(picture(1), labels=["cup"])
            replies = list(client.segment_many([picture(n) for n in range(9)], labels=["cup"]))
        assert len(emulator.journal) == 1
    assert caught.value.code == code
    assert {reply.error_code for reply in replies} == {"not_asked"}
    assert SECRET not in repr([str(caught.value), *replies])


@both
def test_no_network(ask: Ask) -> None:
    with Emulator() as emulator:
        url = emulator.url
    replies = ask(url, [picture(n) for n in range(3)], limits=quick(tries=3))
    assert [reply.error_code for reply in replies] == ["not_asked"] * 3
    assert "no server was reached in 3 tries" in replies[0].error


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:80", "http://", "http://[::1", "http://a:b"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ArgumentError, match="base_url"), Client(api_key=SECRET, base_url=url):
        pass


def test_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.setenv(name, " ")
    with pytest.raises(ArgumentError, match="expected a key of the Gemini API in GEMINI_API_KEY, got none"), Client():
        pass


@pytest.mark.parametrize("key", [f"{SECRET}\n", f" {SECRET}", f"{SECRET}é", f"{SECRET}\0", f"{SECRET}\r\nX: y"])
def test_keys_that_no_header_can_hold_are_not_shown(key: str, capfd: pytest.CaptureFixture[str]) -> None:
    with Emulator(keys=[SECRET]) as emulator:
        try:
            with Client(model=PNG, api_key=key, base_url=emulator.url, limits=quick()) as client:
                message = repr(client.segment(picture(1), labels=["cup"]).error)
                assert message == "''"  # the blanks around it were taken off
        except MaskmillError as error:
            message = str(error)
    assert SECRET not in message
    assert SECRET not in "".join(capfd.readouterr())


@both
@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("before", spread([385, 0, 370, 399], 1))
def test_a_server_that_says_the_key(ask: Ask, status: int, before: int, tmp_path: Path) -> None:
    said = b"x" * before + b"{key} was your key"
    body = said if status == 200 else b'{"error": {"code": 400, "message": "' + said + b'"}}'
    with saying(status, body) as (url, _):
        [reply] = ask(url, [picture(1)], limits=quick(tries=2), ledger=tmp_path / "ledger.sqlite")
    assert reply.masks is None
    assert SECRET[:8] not in repr(reply)
    assert_keyless(tmp_path, SECRET[:8])


def test_a_model_that_says_the_key(tmp_path: Path) -> None:
    body = b'{"candidates": [{"content": {"parts": [{"text": "[] {key}"}]}, "finishReason": "STOP"}]}'
    with saying(200, body) as (url, _):
        [reply] = ask_sync(url, [picture(1)], ledger=tmp_path / "ledger.sqlite")
    assert reply.text.startswith("[]")
    assert_keyless(tmp_path)
    assert SECRET not in repr(reply)


# Images.


@both
def test_images_of_all_kinds(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    path.write_bytes(picture(1))
    (tmp_path / "poem.txt").write_text("a poem")
    (tmp_path / "empty.jpg").touch()
    held = io.BytesIO()
    Image.new("L", (20_000, 10_000)).save(held, "PNG")
    pixels = draw_scene(1, SIZE)
    images = [path, str(path), path.read_bytes(), pixels, pixels[:, ::-1][:, ::-1]]
    wrong = [tmp_path / "gone.jpg", tmp_path / "poem.txt", tmp_path / "empty.jpg", tmp_path, b"", held.getvalue()]
    wrong += [f"{tmp_path}/a\0b.jpg"]
    with Emulator() as emulator:
        replies = ask(emulator.url, [*images, *wrong, path], model=RING)
    for reply in (*replies[: len(images)], replies[-1]):
        assert_true(reply.masks, 1, RING)
    found = [reply.error_code for reply in replies[len(images) : -1]]
    assert found == ["missing", "not_an_image", "empty", "folder", "empty", "too_large", "missing"]
    assert all(reply.error.startswith("expected ") for reply in replies[len(images) : -1])


@pytest.mark.skipif(os.name == "nt", reason="pipes in folders are POSIX")
def test_a_pipe_is_no_image(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with Emulator() as emulator:
        [reply] = ask_sync(emulator.url, [tmp_path / "pipe.jpg"])
    assert reply.error_code == "unreadable"


@both
@pytest.mark.parametrize(
    "pixels",
    [np.zeros((9, 9, 3)), np.zeros((9, 9), np.uint8), np.zeros((0, 9, 3), np.uint8), np.zeros((9, 9, 4), np.uint8)],
)
def test_arrays_that_are_no_image(ask: Ask, pixels: Any) -> None:
    with Emulator() as emulator:
        replies = ask(emulator.url, [pixels, picture(1)], model=RING)
    assert replies[0].masks is None
    assert replies[0].error.startswith("expected ")
    assert_true(replies[1].masks, 1, RING)


def test_a_large_image_is_uploaded_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    held = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (2400, 2400, 3), np.uint8)).save(held, "PNG")
    large = held.getvalue()
    assert len(large) > 15 * 2**20
    options: dict[str, Any] = {"most": 0, "model": RING, "ledger": tmp_path / "ledger.sqlite"}
    with Emulator(faults=Faults({"http_503": 1.0}, on=("upload",))) as emulator:
        replies = ask_sync(emulator.url, [large, large], **options)
        assert ask_sync(emulator.url, [large], again="same", **options)[0].masks is not None
        assert len(emulator.journal.counts("upload")) == 1
        assert len(emulator.journal.asked("generate")) == 1
    assert all(reply.masks is not None for reply in replies)


@pytest.mark.parametrize(
    ("fault", "code"), [("http_429", "http_429"), ("http_500", "http_500"), ("html_200", "not_uploaded")]
)
def test_uploads_that_never_come_about(fault: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maskmill_bindings.genai._requests.requester._MAX_INLINE_BYTES", 10)
    with Emulator(faults=Faults({fault: 1.0}, times=None, on=("upload",))) as emulator:
        [reply] = ask_sync(emulator.url, [picture(1)], limits=quick(tries=3))
        assert len(emulator.journal.asked("upload")) == 3
    assert reply.error_code == code


# Streams of images.


@both
def test_replies_come_in_the_order_of_the_images(ask: Ask) -> None:
    images = [picture(seed) for seed in (5, 3, 8, 3, 1, 2, 9, 5)]
    faults = Faults({"http_503": 0.3, "dropped": 0.2, "reset": 0.2})
    with Emulator(faults=faults) as emulator:
        replies = ask(emulator.url, images, model=RING, limits=quick(concurrency=2))
        assert set(emulator.journal.answers().values()) == {1}
    for image, seed, reply in zip(images, (5, 3, 8, 3, 1, 2, 9, 5), replies, strict=True):
        assert reply.image is image
        assert_true(reply.masks, seed, RING)


def endless() -> Iterator[bytes]:
    seed = 0
    while True:
        yield picture(seed % 50)
        seed += 1


def test_an_ended_iteration_reads_no_more_images() -> None:
    with Emulator(latency=0.05) as emulator:
        settings: dict[str, Any] = {"model": RING, "api_key": SECRET, "base_url": emulator.url}
        with Client(**settings, limits=quick(concurrency=2)) as client:
            for count, reply in enumerate(client.segment_many(endless(), labels=VOCABULARY)):
                assert_true(reply.masks, count, RING)
                if count == 3:
                    break
            assert_true(client.segment(picture(5), labels=VOCABULARY).masks, 5, RING)
            assert_true(client.segment(picture(4), labels=VOCABULARY).masks, 4, RING)
            assert_true(client.segment(picture(30), labels=VOCABULARY).masks, 30, RING)
        assert len(emulator.journal.counts()) < 14


def test_a_stream_that_outlives_its_client() -> None:
    with Emulator(latency=0.05) as emulator:
        settings: dict[str, Any] = {"model": RING, "api_key": SECRET, "base_url": emulator.url}
        with Client(**settings, limits=quick(concurrency=2)) as client:
            replies = client.segment_many([picture(n) for n in range(9)], labels=VOCABULARY)
            next(replies)
        del replies  # an error in its end would be one of this test


def test_an_iterable_that_fails_raises() -> None:
    def images() -> Iterator[bytes]:
        yield picture(1)
        raise KeyError("mine")

    with Emulator(latency=0.05) as emulator, pytest.raises(KeyError, match="mine"):
        ask_sync(emulator.url, images())  # type: ignore[arg-type]


def test_in_a_running_loop() -> None:
    async def work(url: str) -> list[Reply]:
        return ask_sync(url, [picture(1)], model=RING)

    with Emulator() as emulator:
        assert_true(asyncio.run(work(emulator.url))[0].masks, 1, RING)


def test_a_question_in_flight_elsewhere_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Emulator(latency=0.3) as emulator:

        async def work() -> list[list[Reply]]:
            asked = [asyncio.to_thread(ask_sync, emulator.url, [picture(1)], model=RING, ledger=path) for _ in "ab"]
            return await asyncio.gather(*asked)

        for [reply] in asyncio.run(work()):
            assert_true(reply.masks, 1, RING)
        assert len(emulator.journal) == 1


def test_a_full_disk_is_an_error_and_no_hang(tmp_path: Path) -> None:
    with Emulator() as emulator:
        settings: dict[str, Any] = {"model": RING, "api_key": SECRET, "base_url": emulator.url, "limits": quick()}
        with Client(**settings, ledger=tmp_path / "ledger.sqlite") as client:
            client.segment(picture(0), labels=VOCABULARY)
            base = client._client._requester.ledger._database
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            base.execute("PRAGMA max_page_count = 1")
            with pytest.raises(LedgerError, match="full"):
                list(client.segment_many([picture(seed) for seed in range(1, 30)], labels=VOCABULARY))
            base.execute("PRAGMA max_page_count = 100000")
            for number in range(1, 3):
                assert_true(client.segment(picture(number), labels=VOCABULARY).masks, number, RING)


def test_a_claim_that_is_cancelled_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    question = Question("ab", PNG, "Masks, please.", {})
    claim = Ledger.claim

    def slow(ledger: Ledger, asked: Question) -> bool:
        time.sleep(0.05)
        return claim(ledger, asked)

    async def photo() -> Any:
        return load_photo(picture(1))

    async def work(ledger: Ledger) -> bool:
        requester = Requester(None, ledger, quick())  # type: ignore[arg-type]
        monkeypatch.setattr(Ledger, "claim", slow)
        asking = asyncio.create_task(requester.ask(question, photo, Usage()))
        await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        monkeypatch.undo()
        await asyncio.sleep(0.1)
        return ledger.claim(question)

    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        assert asyncio.run(work(ledger))


def test_the_key_is_in_no_repr() -> None:
    for made in (Client(api_key=SECRET), AsyncClient(api_key=SECRET)):
        assert SECRET not in repr(made)


def test_a_key_of_one_letter_changes_no_answer() -> None:
    """Everything that looks like the key is redacted in responses; this key occurs in every mask."""
    with Emulator() as emulator, Client(model=PNG, api_key="x", base_url=emulator.url, limits=quick()) as client:
        assert_true(client.segment(picture(0), labels=VOCABULARY).masks, 0, PNG)
