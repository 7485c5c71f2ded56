"""What the README says is so: its sessions run as printed, its tables are complete, its links lead somewhere."""

from __future__ import annotations

import doctest
import json
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from numba import config

from maskmill import ReplyStatus, Status
from maskmill.status import MENDED, REPLY_CODES
from support.tiers import thorough

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE))
CLIENT, TOKENS = SECTIONS["From images to masks"], SECTIONS["Mask tokens"]
OTHERS = TEXT.replace(CLIENT, "").replace(TOKENS, "")


def run_in_shell(lines: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run lines as typed, the command being this checkout's; what runs behind them ends with them."""
    command = folder / "maskmill"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m maskmill "$@"\n')
    command.chmod(0o755)
    script = "\n".join(["set -e", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT", 'PATH="$PWD:$PATH"', *lines])
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False, timeout=900)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def test_sessions_run_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
    session = doctest.DocTestParser().get_doctest(blocks, {}, "README", str(README), 0)
    outcome = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(session)  # for the ends of long advice
    assert (outcome.failed, outcome.attempted) == (0, 23)


@thorough
def test_commands_run_as_typed_after_the_demo(tmp_path: Path) -> None:
    typed = re.findall(r"^    ((?:\S+ \S+ [^|\n]+ \| |cat \S+ \| )?maskmill [^#\n]*)", OTHERS, re.MULTILINE)
    assert len(typed) == 13
    done = run_in_shell(["maskmill demo -o out", *typed], tmp_path)
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if "warning" in line]
    assert {line.removeprefix("maskmill: warning: ") for line in warnings} == {
        "YOLO cannot group the parts of one mask: each part becomes a separate line",
        "rows without a pixel are left out",
    }
    assert (tmp_path / "out" / "reply1" / "overlay.png").is_file()
    assert (tmp_path / "out" / "yolo" / "data.yaml").is_file()


@thorough
@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="fifty images take minutes with the JIT off")
def test_images_become_masks_as_typed(tmp_path: Path) -> None:
    pytest.importorskip("google.genai")
    typed = re.findall(r"^    ((?:maskmill|export) [^#\n]*)", CLIENT, re.MULTILINE)
    assert len(typed) == 4
    of_tokens = re.findall(r"^    (maskmill [^#\n]*)", TOKENS, re.MULTILINE)
    assert len(of_tokens) == 3
    port = str(free_port())
    done = run_in_shell([line.replace("8080", port) for line in (*typed, *of_tokens)], tmp_path)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "run" / "replies.jsonl").read_text().splitlines()]
    assert len(rows) == 50
    assert all(row["reply"] for row in rows)
    assert {path.name for path in (tmp_path / "run").iterdir()} >= {"masks.parquet", "coco.json", "preview.png"}
    assert len((tmp_path / "pairs.jsonl").read_text().splitlines()) > 20
    assert (tmp_path / "gemini.npz").is_file()


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_its_line(status: Status) -> None:
    assert f"\n| `{status}` |" in TEXT


@pytest.mark.parametrize("status", list(ReplyStatus))
def test_every_status_of_a_reply_is_named(status: ReplyStatus) -> None:
    assert f"`{status}`" in TEXT


@pytest.mark.parametrize("code", [*MENDED, *REPLY_CODES])
def test_every_code_of_a_problem_is_named(code: str) -> None:
    assert f"`{code}`" in TEXT


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", TEXT))
def test_links_lead_somewhere(target: str) -> None:
    if target.startswith("#"):
        headings = [line.lstrip("# ").lower().replace(" ", "-") for line in TEXT.splitlines() if line.startswith("#")]
        assert target[1:] in headings
    else:
        assert target.startswith("https://") or (README.parent / target).exists()
