"""Fixtures of the tests of charts."""

from support.bench.bench_report import _report, cases, digests, report, short_tries

__all__ = ["_report", "cases", "digests", "report", "short_tries"]
