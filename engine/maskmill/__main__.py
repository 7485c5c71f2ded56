"""Run the command as ``python -m maskmill``: the bindings hold it, which the engine does not import otherwise."""

from __future__ import annotations

from runpy import run_module

if __name__ == "__main__":
    run_module("maskmill_bindings", run_name="__main__", alter_sys=True)
