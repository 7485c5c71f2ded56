"""The ledger: claims, runs that die, files that are not ledgers, full disks."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from maskmill.errors import MaskmillError
from maskmill_bindings.genai._ledger.ledger import Ledger, LedgerAnswer, LedgerError
from maskmill_bindings.genai._ledger.question import Question

BODY = LedgerAnswer(b'{"candidates": [1]}')
posix = pytest.mark.skipif(os.name == "nt", reason="limits and rights are POSIX")
not_root = pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")


def question(number: int = 0, turn: int = 0) -> Question:
    return Question(f"{number:064x}", "gemini-2.5-flash", "Masks, please.", {"temperature": 0.5}, repeat=turn)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger(path) as ledger:
        yield ledger


def elsewhere(script: str, *words: object) -> subprocess.Popen[str]:
    """Start a process that runs a script on the ledger `sys.argv[1]`; its output is read line by line."""
    start = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from maskmill_bindings.genai._ledger.ledger import LedgerAnswer, Ledger, LedgerError\n"
        "from maskmill_bindings.genai._ledger.question import Question\n"
        "def question(n): return Question(f'{n:064x}', 'gemini-2.5-flash', 'Masks, please.', {'temperature': 0.5})\n"
    )
    command = [sys.executable, "-c", start + script, *map(str, words)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    return output


# Questions and answers.


def test_an_answer_is_kept_for_good(path: Path) -> None:
    with Ledger(path) as ledger:
        assert ledger.answer(question()) is None
        assert ledger.claim(question())
        ledger.record(question(), BODY)
        ledger.record(question(), LedgerAnswer(b"{}"))  # the first answer stays
        ledger.record(question(1), LedgerAnswer(b"", "http_503", "büsy", "batch"))
    with Ledger(path) as ledger:
        assert ledger.answer(question()) == BODY
        assert not ledger.claim(question())
        assert ledger.answer(question(1)) == LedgerAnswer(b"", "http_503", "büsy", "batch")
        assert ledger.answer(question(0, turn=1)) is None
    assert sorted(file.name for file in path.parent.iterdir()) == ["ledger.sqlite", "ledger.sqlite.owners"]
    assert not list((path.parent / "ledger.sqlite.owners").iterdir())


def test_a_question_that_is_reopened_keeps_its_former_answers(ledger: Ledger, path: Path) -> None:
    for code in ("one", "two"):
        ledger.record(question(), LedgerAnswer(b"", code))
        ledger.reopen(question())
        assert ledger.answer(question()) is None
    ledger.reopen(question(7))  # never asked
    assert ledger.claim(question())
    with sqlite3.connect(path) as base:
        assert base.execute("SELECT code FROM former_answers").fetchall() == [("one",), ("two",)]
    base.close()


def test_digests_hold_as_long_as_the_file_stays_the_same(ledger: Ledger) -> None:
    odd = Path(os.fsdecode(b"caf\xe9 \xf0.jpg"))
    ledger.record_digest(odd, 5, 7, "ab")
    assert ledger.find_digest(odd, 5, 7) == "ab"
    assert (
        ledger.find_digest(odd, 5, 8)
        is ledger.find_digest(odd, 6, 7)
        is ledger.find_digest(Path("other"), 5, 7)
        is None
    )


def test_uploads_end(ledger: Ledger) -> None:
    ledger.record_upload("a", "files/a", "uri", 4e9)
    ledger.record_upload("b", "files/b", "uri", 1.0)
    assert ledger.find_upload("a") == ("files/a", "uri")
    assert ledger.find_upload("b") is None
    ledger.forget_upload("a")
    assert ledger.find_upload("a") is None


# Claims.


def test_a_claim_is_one_owner_s(ledger: Ledger, path: Path) -> None:
    with Ledger(path) as other:
        assert ledger.claim(question())
        assert not ledger.claim(question())
        assert not other.claim(question())
        assert other.claim(question(1))
        other.release(question())  # not its own
        assert not other.claim(question())
        ledger.release(question())
        assert other.claim(question())
    assert ledger.claim(question(1))  # closing frees


def test_a_claim_of_another_process_holds_until_it_dies(path: Path) -> None:
    script = "l = Ledger(Path(sys.argv[1]))\nprint(l.claim(question(0)), flush=True)\nsys.stdin.read()"
    with Ledger(path) as ledger, elsewhere(script, path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        assert not ledger.claim(question())
        assert len(list((path.parent / "ledger.sqlite.owners").iterdir())) == 2
        process.kill()
        process.wait()
        assert ledger.claim(question())
        process.communicate()
    assert not list((path.parent / "ledger.sqlite.owners").iterdir())


def test_of_many_processes_one_gets_each_question(path: Path) -> None:
    script = (
        "got = []\nsys.stdin.readline()\n"
        "with Ledger(Path(sys.argv[1])) as l:\n"
        "    for n in range(60):\n"
        "        if l.claim(question(n)): l.record(question(n), LedgerAnswer(b'{}')); got.append(n)\n"
        "print(*got)"
    )
    processes = [elsewhere(script, path) for _ in range(3)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    got = [int(word) for process in processes for word in finished(process).split()]
    assert sorted(got) == list(range(60))


def test_threads_share_a_ledger(ledger: Ledger) -> None:
    def ask(number: int) -> bool:
        got = ledger.claim(question(number % 20))
        if got:
            ledger.record(question(number % 20), BODY)
        return got

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(120))) == 20
    assert all(ledger.answer(question(number)) == BODY for number in range(20))


@posix
def test_recorded_answers_survive_a_kill(path: Path) -> None:
    script = (
        "l = Ledger(Path(sys.argv[1]))\n"
        "for n in range(5):\n    assert l.claim(question(n))\n"
        "    n < 4 and l.record(question(n), LedgerAnswer(b'{}'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    with elsewhere(script, path) as process:
        process.communicate(timeout=60)
    with Ledger(path) as ledger:
        assert [ledger.answer(question(n)) is not None for n in range(5)] == [True] * 4 + [False]
        assert ledger.claim(question(4))


# Files that are no ledger.


def refused(path: Path, message: str) -> None:
    with pytest.raises(MaskmillError, match=rf"^expected .+, got .*{message}.* - at `.+`$"):
        Ledger(path)


def test_another_database_is_left_as_it_is(path: Path) -> None:
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE claims (owner TEXT)")
    base.close()
    before = path.read_bytes()
    refused(path, "another database")
    assert path.read_bytes() == before
    assert not list(path.with_name("ledger.sqlite.owners").iterdir())


def test_a_newer_ledger_is_left_as_it_is(path: Path) -> None:
    Ledger(path).close()
    base = sqlite3.connect(path)
    base.execute("PRAGMA user_version = 9")
    base.close()
    before = path.read_bytes()
    refused(path, "9")
    assert path.read_bytes() == before


def test_what_is_no_database_is_left_as_it_is(path: Path) -> None:
    path.write_text("a poem\n" * 200)
    refused(path, "not a database")
    assert path.read_text() == "a poem\n" * 200


def test_a_path_that_cannot_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    refused(tmp_path / "folder", "unable to open")
    refused(tmp_path / "file" / "ledger", "")
    refused(Path(""), "'.'")
    refused(Path("a\0b"), "")
    assert not list((tmp_path / "folder.owners").iterdir())


@posix
@not_root
def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    folder = tmp_path / "fixed"
    folder.mkdir()
    folder.chmod(0o500)
    refused(folder / "ledger.sqlite", "")
    folder.chmod(0o700)


# Full disks.


def fill(ledger: Ledger) -> None:
    for number in range(99):
        ledger.claim(question(number))
        ledger.record(question(number), LedgerAnswer(os.urandom(9000)))


def test_a_full_disk_is_reported_and_loses_nothing(path: Path) -> None:
    with Ledger(path) as ledger:
        pages = ledger._database.execute("PRAGMA page_count").fetchone()[0]
        ledger._database.execute(f"PRAGMA max_page_count = {pages + 8}")
        with pytest.raises(LedgerError, match=r"expected a ledger that can be read and written, got .*full"):
            fill(ledger)
        kept = sum(ledger.answer(question(number)) is not None for number in range(99))
        assert kept > 1
        assert ledger.answer(question(kept - 1)) is not None
        ledger._database.execute("PRAGMA max_page_count = 100000")
        ledger.record(question(kept), BODY)
    with Ledger(path) as ledger:
        assert all(ledger.answer(question(number)) for number in range(kept + 1))


@posix
def test_a_file_that_cannot_grow(path: Path) -> None:
    script = (
        "import resource\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "l = Ledger(Path(sys.argv[1]))\nresource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try:\n    for n in range(99): l.claim(question(n)); l.record(question(n), LedgerAnswer(os.urandom(9000)))\n"
        "except LedgerError as error: print(n, error)\nl.close()"
    )
    kept, _, message = finished(elsewhere(script, path)).partition(" ")
    assert message.startswith("expected a ledger that can be read and written, got ")
    with Ledger(path) as ledger:
        assert int(kept) > 1
        assert all(ledger.answer(question(number)) for number in range(int(kept)))
