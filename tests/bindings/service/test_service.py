"""The web service over loopback: what it answers, and that no request exceeds its bounds."""

from __future__ import annotations

import gc
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from numba import config

import maskmill
from maskmill import Masks, samples
from maskmill_bindings.service import RequestBounds, Service
from maskmill_bindings.service._decoding import DecodeRequest, answer_request
from maskmill_bindings.service._workers import Workers
from support.command import take_interrupts
from support.tiers import spread, thorough

BOUNDS = RequestBounds(
    body=4 * 2**20, seconds=3, arrival=3, wait_timeout=20, memory=256 * 2**20, pixels=10**8, workers=2, connections=12
)
SIZE = (120, 80)
DECODE = "/decode?size=120x80"
WEDGE = '{"mask":[[0,0],[1000,0],[500,1000]]},'
SLOW = ("[{]" + WEDGE * 110_000)[: BOUNDS.body].encode()
"""Broken JSON with a hundred thousand items, which takes a quarter of a minute to recover."""
VAST = ("[" + '{"mask":[[1]]},' * (BOUNDS.body // 16))[:-1].encode() + b"]"
"""A quarter of a million items, which take most of a gigabyte as rows; their pixels are bounded by the engine."""

needs_kernels = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is fast with the JIT off")


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service(("127.0.0.1", 0), BOUNDS) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(service: Service, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", service.server_port, timeout=60)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null")
    finally:
        connection.close()


def wait_until_idle(service: Service) -> None:
    end = time.monotonic() + 60
    while (ask(service, "/health")[1] or {"idle": 0})["idle"] < BOUNDS.workers:  # none while it is at its bound
        assert time.monotonic() < end
        time.sleep(0.1)


def children() -> set[int]:
    """Return the child processes of this one, where the system lists them."""
    tasks = Path(f"/proc/{os.getpid()}/task")
    return {int(pid) for task in tasks.glob("*/children") for pid in task.read_text().split()}


def open_files() -> int:
    """Return the number of file handles of this process, where the system lists them."""
    gc.collect()
    return len(list(Path("/proc/self/fd").glob("*")))


def test_masks_come_back_complete(service: Service) -> None:
    status, data = ask(service, DECODE, samples.mixed().encode())
    assert status == 200
    wanted = maskmill.decode(samples.mixed(), SIZE)
    assert data == json.loads(json.dumps(wanted.to_dict()))
    assert Masks.from_dict(data).coco() == wanted.coco()


def test_options(service: Service) -> None:
    box = b'[{"box_2d": [0, 0, 500, 500], "label": "cat"}]'
    assert ask(service, DECODE, box)[1]["rows"][0]["area"] == 0
    assert ask(service, DECODE + "&fallback=box&threshold=7&axis=xy", box)[1]["rows"][0]["area"] == 60 * 40


@pytest.mark.parametrize(
    ("options", "box"),
    [
        ("&boxes=xy", [12.0, 16.0, 60.0, 48.0]),
        ("&frame=pixels", [20.0, 10.0, 60.0, 50.0]),
        ("&dialect=gpt", [10.0, 20.0, 50.0, 60.0]),
        ("&frame=240x160&boxes=xy", [50.0, 100.0, 250.0, 300.0]),
    ],
)
def test_orders_and_frames(service: Service, options: str, box: list[float]) -> None:
    corners = [10, 20, 50, 60] if "frame=p" in options or "gpt" in options else [100, 200, 500, 600]
    reply = json.dumps([{"box_2d": corners, "label": "cat"}]).encode()
    assert ask(service, DECODE + options, reply)[1]["rows"][0]["box"] == box


@pytest.mark.parametrize("body", [b"", b"no JSON", b"\xff\x00", b'[{"mask": "' + b"A" * 1000])
def test_model_output_is_never_an_error(service: Service, body: bytes) -> None:
    status, data = ask(service, DECODE, body)
    assert status == 200
    assert data["reply_status"] != "ok"
    assert data["problems"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "WIDTHxHEIGHT"),
        ("?size=120", "WIDTHxHEIGHT"),
        ("?size=-1x5", "WIDTHxHEIGHT"),
        ("?size=0x5", "(width, height) in 1..65535"),
        ("?size=60000x60000", "at most 100000000 pixels"),
        ("?size=8x8&threshold=high", "an integer in 0..255"),
        ("?size=8x8&fallback=ring", "'none' or 'box'"),
        ("?size=8x8&device=cuda", "size, threshold, axis, boxes, frame, dialect or fallback, got 'device'"),
    ],
)
def test_a_query_that_cannot_be_used(service: Service, query: str, message: str) -> None:
    status, data = ask(service, "/decode" + query, b"[]")
    assert status == 400
    assert message in data["error"]


def test_other_paths_and_verbs(service: Service) -> None:
    assert ask(service, "/")[0] == ask(service, "/other", b"[]")[0] == 404
    status, data = ask(service, "/health")
    assert (status, data["workers"]) == (200, 2)


def test_a_body_of_100_mb_is_refused_unread(service: Service) -> None:
    status, data = ask(service, DECODE, b"x" * 100_000_000)
    assert status == 413
    assert data == {"error": "expected a body of at most 4194304 bytes, got 100000000"}


def test_a_client_that_asks_first_is_answered_before_it_sends(service: Service) -> None:
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    for length, first in ((100_000_000, b"HTTP/1.1 413"), (2, b"HTTP/1.1 100")):
        with socket.create_connection(("127.0.0.1", service.server_port), timeout=30) as client:
            client.sendall(head % (DECODE.encode(), length))
            assert client.recv(12) == first


def test_a_body_without_a_length(service: Service) -> None:
    assert ask(service, DECODE, iter([b"[]"]))[0] == 411  # sent in chunks
    assert ask(service, DECODE, b"[]", **{"Content-Length": "-2"})[0] == 411
    assert ask(service, DECODE, b"[]", **{"Content-Length": "9" * 5000})[0] == 413


@thorough
def test_a_client_that_stops_sending(service: Service) -> None:
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", service.server_port), timeout=30) as client:
        client.sendall(f"POST {DECODE} HTTP/1.1\r\nContent-Length: 1000\r\n\r\n[".encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 408")
    assert BOUNDS.arrival - 1 < time.monotonic() - begun < 25


@thorough
def test_a_client_that_sends_a_byte_at_a_time(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.server_port), timeout=30) as client:
        begun = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - begun < 25:
                client.sendall(b"P")
                time.sleep(0.2)
    assert BOUNDS.arrival - 1 < time.monotonic() - begun < 25


def test_connections_beyond_the_bound_are_refused_at_once(service: Service) -> None:
    address = ("127.0.0.1", service.server_port)
    held = [socket.create_connection(address, timeout=30) for _ in range(BOUNDS.connections)]
    try:
        end, replies = time.monotonic() + 20, b""
        while not replies and time.monotonic() < end:
            with socket.create_connection(address, timeout=30) as client:
                replies = client.recv(1000)
        assert replies.startswith(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1")
    finally:
        for client in held:
            client.close()
    wait_until_idle(service)


@needs_kernels
def test_a_runaway_is_stopped_and_stops_nobody_else(service: Service) -> None:
    wait_until_idle(service)
    before = len(children()), open_files()
    with ThreadPoolExecutor(9) as pool:
        begun = time.monotonic()
        runaway = pool.submit(ask, service, "/decode?size=10x10", SLOW)
        time.sleep(0.5)
        others = [pool.submit(ask, service, DECODE, samples.mixed().encode()) for _ in range(8)]
        assert [other.result()[0] for other in others] == [200] * 8
        status, data = runaway.result()
        assert time.monotonic() - begun < BOUNDS.seconds + 30
    assert (status, data) == (503, {"error": "no answer within 3 s: decoding was stopped, and would be again"})
    wait_until_idle(service)
    assert len(children()) == before[0]
    assert open_files() <= before[1]
    assert ask(service, DECODE, samples.mixed().encode())[0] == 200


@thorough
@needs_kernels
def test_every_worker_can_run_away_at_once(service: Service) -> None:
    with ThreadPoolExecutor(2) as pool:
        runaways = [pool.submit(ask, service, "/decode?size=10x10", SLOW) for _ in range(2)]
        time.sleep(0.5)
        assert ask(service, DECODE, b"[]")[0] == 200  # waits until a worker has taken the place of one that was killed
        assert {runaway.result()[0] for runaway in runaways} == {503}


@thorough
@needs_kernels
@pytest.mark.skipif(sys.platform != "linux", reason="only there does the system bound the memory of a process")
def test_a_reply_whose_masks_take_too_much_memory() -> None:
    small = DecodeRequest(samples.mixed().encode(), SIZE, {}, BOUNDS)
    with Workers(answer_request, maskmill.warmup, count=1, seconds=120, memory=BOUNDS.memory) as workers:
        status, data = workers.run(DecodeRequest(VAST, (10_000, 10_000), {}, BOUNDS), wait_timeout=1)
        assert (status, b"at most 268435456 bytes of memory" in data) == (413, True)
        assert workers.run(small, wait_timeout=1) == answer_request(small)


def test_masks_too_large_to_send() -> None:
    status, data = answer_request(DecodeRequest(samples.mixed().encode(), SIZE, {}, RequestBounds(answer=100)))
    assert (status, b"masks of at most 100 bytes" in data) == (413, True)


def test_many_requests_at_once(service: Service) -> None:
    wait_until_idle(service)
    with ThreadPoolExecutor(8) as pool:
        replies = [pool.submit(ask, service, DECODE, samples.mixed().encode()) for _ in range(40)]
        assert {reply.result()[0] for reply in replies} == {200}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", spread([signal.SIGTERM, signal.SIGINT, signal.SIGKILL], 1))
def test_the_command_runs_and_leaves_no_process_behind(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "maskmill_bindings.service", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=take_interrupts
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", DECODE, b"[]")
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(number)
        process.wait(30)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a process is left")


@thorough
def test_an_address_that_is_taken(service: Service) -> None:
    command = [sys.executable, "-m", "maskmill_bindings.service", "--port", str(service.server_port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert done.stderr.startswith("maskmill: expected an address to listen on")
