"""Wrong pages fail, with the page and the line; right ones do not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.docs.pages import find_blocks, find_mistakes, find_skips, is_thorough

pytest.importorskip("sybil")
if shutil.which("bash") is None:
    pytest.skip("commands of the pages need bash", allow_module_level=True)

from support.docs.examples import is_as_expected, run_page

RIGHT = """
# Title

<!-- file: folder/words.txt -->
```text
one two
```

```python
>>> from pathlib import Path
>>> words = Path("folder/words.txt").read_text().split()
>>> words  # anything may stand for the dots
['one', ...]
```

```python
words.append("three")
assert __name__ == "__main__"
```

1. A list:

   ```python
   >>> words[-1]
   'three'
   ```

```sh
export WORD=four   # holds for later blocks
mkdir deeper && cd deeper
```

```console
$ echo $WORD $COLUMNS; pwd
four 84
...deeper
$ cat ../folder/words.txt \\
> | tr a-z A-Z
ONE TWO

$ python -c 'print("to the end"); raise SystemExit(3)'
to the end
(exit status 3)
```

<!-- skip: next "there is no such command" -->
```sh
no-such-command
```

<!-- skip: next if(installed("no_such_package"), "it is here") -->
```python
words.append("run")
```

<!-- file: module.py -->
```python
VALUE = 5
raise_nothing = True
```

```python
>>> import module
>>> module.VALUE, words[-1]
(5, 'run')
```

````{note}
```python
>>> words[0]
'one'
```
````
"""


def run(text: str, folder: Path, timeout: float = 60) -> list[str]:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return [failure.removeprefix(str(folder) + os.sep) for failure in run_page(page, folder, timeout)]


def is_running(job: str) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", job], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def test_a_right_page_passes(tmp_path: Path) -> None:
    assert find_mistakes(RIGHT) == []
    assert run(RIGHT, tmp_path) == []
    assert "module" not in sys.modules
    assert sys.modules["__main__"].__dict__.get("words") is None


@pytest.mark.parametrize(
    ("block", "line", "message"),
    [
        ("```python\n>>> 1\n1\n>>> 2\n3\n```", 6, "Expected:\n    3\nGot:\n    2"),
        ("```python\n>>> 1 / 0\n```", 4, "ZeroDivisionError"),
        ("```python\nx = 1\n\nx.y\n```", 6, "AttributeError"),
        ("```python\nx = 1\nif x\n```", 5, "SyntaxError"),
        ("```python\nimport json\njson.loads('?')\n```", 5, "JSONDecodeError"),
        ("```python\nraise SystemExit(2)\n```", 4, "SystemExit: 2"),
        ("```python\nimport warnings\nwarnings.warn('careful')\n```", 5, "careful"),
        ("```python\nopen('a', 'w').write('b')\n```", 3, "ResourceWarning: unclosed file"),
        ("```sh\ntrue\nfalse\ntrue\n```", 5, "a command failed"),
        ("```sh\nfalse | cat\n```", 4, "a command failed"),
        ("```sh\nfor i in 1; do\n```", 4, "syntax error"),
        ("```sh\nexit 1\n```", 4, "the shell has ended"),
        ("```console\n$ true\n$ echo a\nb\n```", 5, "expected:\nb\n\ngot:\na"),
        ("```console\n$ echo a\na\n(exit status 1)\n```", 4, "expected exit status 1, got 0"),
        ("```console\n$ echo a; false\na\n```", 4, "expected exit status 0, got 1"),
        ("```console\n$ echo a\n```", 4, "got:\na"),
        ("```console\n$ maskmill no-such-command\n```", 4, "no-such-command"),
        ("1. A list:\n\n   ```console\n   $ echo a\n   b\n   ```", 6, "expected:\nb"),
    ],
)
def test_a_wrong_page_fails_with_its_line(block: str, line: int, message: str, tmp_path: Path) -> None:
    (failure,) = run(f"# Title\n\n{block}\n", tmp_path)
    assert failure.startswith(f"page.md:{line}: ")
    assert message in failure


def test_examples_after_a_failure_run_too(tmp_path: Path) -> None:
    failures = run("```python\n>>> 1\n2\n```\n\n```sh\nfalse\n```\n", tmp_path)
    assert [failure.split(":")[1] for failure in failures] == ["2", "7"]


def test_a_block_that_hangs_ends_the_page(tmp_path: Path) -> None:
    failures = run("```sh\necho before; sleep 60\n```\n\n```sh\ntrue\n```\n", tmp_path, timeout=1)
    assert failures == [
        "page.md:2: no end after 1 seconds; the output so far:\nbefore\n",
        "page.md:6: the shell has ended before",
    ]


def test_standard_input_is_empty(tmp_path: Path) -> None:
    assert run("```console\n$ cat\n$ echo end\nend\n```\n", tmp_path) == []


def test_a_reader_that_stops_early_is_no_failure(tmp_path: Path) -> None:
    assert run("```sh\nyes | head -1\n```\n", tmp_path) == []


def test_the_port_is_replaced_and_what_runs_behind_is_waited_for_and_ended(tmp_path: Path) -> None:
    wait = "python -c 'import time; time.sleep(0.5); print(\"port 8080\", flush=True); time.sleep(60)'"
    text = f"```console\n$ {wait} &\nport 8080\n$ echo 18080\n18080\n$ echo $! > job\n```\n"
    assert run(text, tmp_path) == []
    job = (tmp_path / "page" / "job").read_text().strip()
    deadline = time.monotonic() + 10
    while (is_alive := is_running(job)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive
    assert "port 8080" not in (tmp_path / "tools" / "line2.out").read_text()


def test_nobodys_key_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "secret")
    assert run("```console\n$ echo [$GEMINI_API_KEY]\n[]\n```\n", tmp_path) == []
    assert os.environ["GEMINI_API_KEY"] == "secret"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("<!-- skip: next -->\n```sh\nfalse\n```", "line 1: a skip needs a reason"),
        ('<!-- skip: next "" -->\n```sh\nfalse\n```', "line 1: a skip needs a reason"),
        ('<!-- skip next "why" -->\n```sh\nfalse\n```', "line 1: a skip needs a reason"),
        ("<!-- skip: next if(True) -->\n```sh\nfalse\n```", "line 1: a skip needs a reason"),
        ("```bash\nfalse\n```", "line 1: `bash` is not run"),
        ("```py\n1\n```", "line 1: `py` is not run"),
        ("```{code-block} python\n1\n```", "line 1: `{code-block} python` is not run"),
        ("```\nmaskmill demo\n```", "line 1: a block without a language is not run"),
        ("~~~shell\nfalse\n~~~", "line 1: `shell` is not run"),
        ("Text\n\n    maskmill demo\n", "line 3: a block without a language is not run"),
        ("````{tip}\n\n```pycon\n>>> 1\n```\n````", "line 3: `pycon` is not run"),
        ("<pre>\nmaskmill demo\n</pre>", "line 1: a block of code in HTML is not run"),
        ("```text\n$ maskmill demo\n```", "line 1: commands in a block of text are not run"),
        ("```console\nmaskmill demo\n```", "line 1: a block of console begins with `$ `"),
        ("```python\nx = 1\n>>> x\n1\n```", "line 1: code before the first `>>> `"),
        ("```python\n>>> x\nTraceback (most recent call last):\nNameError: x\n```", "line 1: a NameError is no output"),
        ("<!-- file: a.txt -->\n\nText\n\n```text\na\n```", "line 1: a file needs a block"),
        ("<!-- file: ../a.txt -->\n```text\na\n```", "line 2: ../a.txt is outside"),
    ],
)
def test_what_would_escape_is_refused(text: str, mistake: str) -> None:
    (found,) = find_mistakes(text)
    assert found.startswith(mistake)


def test_skips_are_listed() -> None:
    assert list(find_skips(RIGHT)) == [(46, "there is no such command"), (51, "it is here")]


def test_a_block_knows_its_lines() -> None:
    text = "a\n\n````text\n```json\n1\n```\n````\n"
    (block,) = find_blocks(text)
    assert (block.first, block.last, block.source) == (3, 7, "```json\n1\n```\n")


def test_pages_that_take_minutes_say_so() -> None:
    assert is_thorough("<!-- thorough -->\n# Title\n")
    assert not is_thorough("# Title\n" + "\n" * 10 + "<!-- thorough -->\n")


def test_outputs_are_compared_but_for_dots_and_trailing_blanks() -> None:
    assert is_as_expected("a\n...\nz", "a  \nb\nz\n\n")
    assert not is_as_expected("a\nb", "a\n b")
