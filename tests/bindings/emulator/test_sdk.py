"""The calls of the API, made by the SDK itself."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from maskmill_bindings.emulator import Emulator, Faults
from support.genai.emulator_clients import KEY, MODEL, body, contents, genai, picture, raw, sdk, types

GENERATE = f"/v1/models/{MODEL}:generateContent"


def text_of(client: Any, seed: int = 1) -> str:
    text = client.models.generate_content(model=MODEL, contents=contents(seed)).text
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("version", ["v1", "v1beta", "v1alpha"])
def test_generate_and_what_it_costs(version: str) -> None:
    with Emulator() as emulator, sdk(emulator, version=version) as client:
        response = client.models.generate_content(model=MODEL, contents=contents(1))
        count = client.models.count_tokens(model=MODEL, contents=contents(1))
    assert response.candidates[0].finish_reason == "STOP"
    assert response.model_version == MODEL
    usage = response.usage_metadata
    assert usage.prompt_token_count == count.total_tokens > 258
    assert usage.total_token_count == usage.prompt_token_count + usage.candidates_token_count


def test_a_stream_says_the_same_in_pieces() -> None:
    with Emulator() as emulator, sdk(emulator) as client:
        chunks = list(client.models.generate_content_stream(model=MODEL, contents=contents(1)))
        assert len(chunks) == 3
        assert "".join(chunk.text for chunk in chunks) == text_of(client)
        assert [chunk.candidates[0].finish_reason for chunk in chunks] == [None, None, "STOP"]


def test_async() -> None:
    async def both(emulator: Emulator) -> tuple[str, str]:
        client = sdk(emulator).aio
        one = await client.models.generate_content(model=MODEL, contents=contents(1))
        stream = await client.models.generate_content_stream(model=MODEL, contents=contents(1))
        pieces = [chunk.text async for chunk in stream]
        await client.aclose()
        return one.text, "".join(pieces)

    with Emulator() as emulator:
        one, stream = asyncio.run(both(emulator))
    assert one == stream


def test_models() -> None:
    with Emulator() as emulator, sdk(emulator) as client:
        names = [model.name for model in client.models.list(config={"page_size": 4})]
        assert "models/gemini-2.5-flash" in names
        assert len(names) == len(set(names)) > 8
        assert client.models.get(model=MODEL).output_token_limit == 65536
        for call in (client.models.get, lambda model: client.models.generate_content(model=model, contents="a")):
            with pytest.raises(genai.errors.ClientError) as caught:
                call(model="gemini-none")
            assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")


def test_files() -> None:
    data = bytes(range(256)) * (20 * 2**20 // 256)
    with Emulator() as emulator, sdk(emulator) as client:
        file = client.files.upload(file=io.BytesIO(data), config={"mime_type": "image/png", "display_name": "big"})
        assert file.state == "ACTIVE"
        assert file.size_bytes == len(data)
        assert file.display_name == "big"
        assert file.sha256_hash
        assert emulator.journal.counts("chunk").total() == 3
        assert client.files.get(name=file.name) == file
        names = [client.files.upload(file=io.BytesIO(b"a"), config={"mime_type": "a/b"}).name for _ in range(4)]
        assert [f.name for f in client.files.list(config={"page_size": 2})] == [*reversed(names), file.name]
        client.files.delete(name=file.name)
        with pytest.raises(genai.errors.ClientError, match="403"):
            client.files.get(name=file.name)
        client.files.upload(file=io.BytesIO(b""), config={"mime_type": "a/b", "name": "mine"})
        with pytest.raises(genai.errors.ClientError, match="409"):
            client.files.upload(file=io.BytesIO(b""), config={"mime_type": "a/b", "name": "mine"})


def test_async_upload() -> None:
    async def upload(emulator: Emulator) -> Any:
        client = sdk(emulator).aio
        file = await client.files.upload(file=io.BytesIO(bytes(9 * 2**20)), config={"mime_type": "image/png"})
        await client.aclose()
        return file

    with Emulator() as emulator:
        assert asyncio.run(upload(emulator)).size_bytes == 9 * 2**20


def test_an_upload_goes_on_where_it_stopped() -> None:
    start = {"X-Goog-Upload-Protocol": "resumable", "X-Goog-Upload-Command": "start"}
    with Emulator() as emulator:
        _, headers, _ = raw(emulator, "POST", "/upload/v1beta/files", {"file": {}}, **start)
        path = headers["x-goog-upload-url"].removeprefix(emulator.url)
        upload = {"X-Goog-Upload-Command": "upload", "X-Goog-Upload-Offset": "0"}
        assert raw(emulator, "POST", path, b"abc", None, **upload)[0] == 200
        assert raw(emulator, "POST", path, b"abc", None, **upload)[0] == 400  # there are three bytes already
        _, headers, _ = raw(emulator, "POST", path, b"", None, **{"X-Goog-Upload-Command": "query"})
        assert headers["x-goog-upload-size-received"] == "3"
        last = {"X-Goog-Upload-Command": "upload, finalize", "X-Goog-Upload-Offset": "3"}
        _, headers, answer = raw(emulator, "POST", path, b"def", None, **last)
        assert headers["x-goog-upload-status"] == "final"
        assert json.loads(answer)["file"]["sizeBytes"] == "6"


def test_a_file_is_as_good_as_its_bytes() -> None:
    with Emulator() as emulator, sdk(emulator) as client:
        file = client.files.upload(file=io.BytesIO(picture(1)), config={"mime_type": "image/png"})
        by_file = client.models.generate_content(model=MODEL, contents=[file, contents(1)[1]])
        assert by_file.text == text_of(client)
        assert set(emulator.journal.counts("generate").values()) == {2}  # one content


def test_the_same_request_gets_the_same_bytes() -> None:
    def answers(seed: int) -> list[bytes]:
        with Emulator(seed=seed) as emulator:
            found = {n: raw(emulator, "POST", GENERATE, body(n))[2] for n in ((1, 2, 3) if seed else (3, 1, 2))}
            found[1] = raw(emulator, "POST", GENERATE, body(1))[2]
        return [found[n] for n in (1, 2, 3)]

    assert answers(0) == answers(0)
    assert [hashlib.sha256(one).digest() for one in answers(0)] != [hashlib.sha256(one).digest() for one in answers(5)]


def test_names_in_snake_case_and_the_key_in_the_query() -> None:
    one = body(1)
    part = one["contents"][0]["parts"][0]["inlineData"]
    snake = {"contents": [{"parts": [{"inline_data": {"mime_type": part["mimeType"], "data": part["data"]}}, *one["contents"][0]["parts"][1:]]}]}  # fmt: skip  # noqa: E501
    with Emulator() as emulator:
        status, _, answer = raw(emulator, "POST", f"{GENERATE}?key={KEY}", snake, None)
        assert (status, answer) == (200, raw(emulator, "POST", GENERATE, one)[2])


def test_keys() -> None:
    with Emulator(keys=["right"]) as emulator:
        status, _, answer = raw(emulator, "POST", GENERATE, body(1), None)
        assert (status, json.loads(answer)["error"]["status"]) == (403, "PERMISSION_DENIED")
        with sdk(emulator, "wrong") as client, pytest.raises(genai.errors.ClientError) as caught:
            text_of(client)
        assert caught.value.code == 400
        assert caught.value.details["error"]["details"][0]["reason"] == "API_KEY_INVALID"
        with sdk(emulator, "right") as client:
            assert text_of(client)
        journal = raw(emulator, "GET", "/emulator/journal", None, None)[2].decode()
    assert "right" not in journal
    assert "wrong" not in journal
    assert [entry["kind"] for entry in json.loads(journal)["entries"]] == ["generate"] * 3


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("POST", GENERATE, b"{", 400),
        ("POST", GENERATE, b"[]", 400),
        ("POST", GENERATE, {}, 400),
        ("POST", GENERATE, {"contents": [], "config": {}}, 400),
        ("POST", GENERATE, {"contents": [{"parts": [{"inlineData": {"data": "@"}}]}]}, 400),
        ("POST", GENERATE, {"contents": [{"parts": [{"inlineData": {"data": "YWJj"}}, {"text": "mask"}]}]}, 400),
        ("POST", GENERATE, {"contents": [{"parts": [{"fileData": {"fileUri": "files/gone"}}]}]}, 403),
        ("POST", GENERATE, b'"' + b"a" * (21 * 2**20) + b'"', 400),
        ("GET", GENERATE, None, 404),
        ("POST", "/v1/models/a:embedContent", {}, 404),
        ("GET", "/v2/models", None, 404),
        ("GET", "/v1/models?pageToken=x", None, 400),
        ("GET", "/v1/batches/gone", None, 404),
        ("POST", f"/v1/models/{MODEL}:batchGenerateContent", {"batch": {}}, 400),
        ("POST", f"/v1/models/{MODEL}:batchGenerateContent", {"batch": {"inputConfig": {"requests": [1]}}}, 400),
        ("POST", GENERATE, {"contents": [1], "generationConfig": 2, "systemInstruction": 3}, 200),
        ("POST", "/upload/v1/files", {"file": 1}, 400),
    ],
)
def test_odd_requests(method: str, path: str, sent: Any, status: int) -> None:
    with Emulator() as emulator:
        found, _, answer = raw(emulator, method, path, sent)
        assert found == status
        assert json.loads(answer).get("error", {"code": 200})["code"] == status


@pytest.mark.parametrize(("model", "budget"), [("gemini-3.6-flash", 0), ("gemini-2.5-pro", 127)])
def test_a_budget_that_a_model_does_not_take(model: str, budget: int) -> None:
    with Emulator() as emulator, sdk(emulator) as client:
        config = types.GenerateContentConfig(thinking_config=types.ThinkingConfig(thinking_budget=budget))
        with pytest.raises(genai.errors.ClientError) as caught:
            client.models.generate_content(model=model, contents=contents(1), config=config)
        assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")
        config.thinking_config.thinking_budget = 128
        assert client.models.generate_content(model=model, contents=contents(1), config=config).text


def test_two_hundred_connections_at_once() -> None:
    everyone, one = threading.Barrier(200), body(1)
    faults = Faults(choose=lambda _: None if everyone.wait(60) >= 0 else "dropped")  # none is answered before all came
    with Emulator(form="null", faults=faults) as emulator, ThreadPoolExecutor(200) as pool:
        found = list(pool.map(lambda _: raw(emulator, "POST", GENERATE, one)[0], range(200)))
        assert found == [200] * 200
        assert emulator.journal.most_in_flight == 200
        assert list(emulator.journal.answered_more_than_once().values()) == [200]


def test_a_connection_is_kept_for_the_next_request() -> None:
    import http.client

    with Emulator() as emulator:
        connection = http.client.HTTPConnection(emulator.url.removeprefix("http://"))
        for _ in range(3):
            connection.request("GET", f"/v1/models?key={KEY}")
            socket = connection.sock
            assert connection.getresponse().read()
            assert connection.sock is socket
        connection.close()


def test_closing_ends_what_is_under_way() -> None:
    with ThreadPoolExecutor(1) as pool:
        with Emulator(latency=60) as emulator:
            asked = pool.submit(raw, emulator, "POST", GENERATE, body(1))
            while not emulator.journal.most_in_flight:
                time.sleep(0.01)
        assert asked.exception() is not None or asked.result()[0] == 200
