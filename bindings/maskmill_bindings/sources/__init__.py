from dataclasses import dataclass, field
import hashlib, orjson, os
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    reply: Any
    size: Any
    image: str
    model: str
    source: str
    line: int
    failure: str = ""


@dataclass
class Chunk:
    source: str
    first_line: int
    rows: list
    end: int
    nbytes: int
    digest: bytes

    @property
    def count(self):
        return len(self.rows)


@dataclass
class SourceOptions:
    size: Any = None
    images: Any = None
    requests: Any = None
    fields: Any = None


class S:
    def __init__(self, p, o):
        self.p, self.o = p, o

    def identity(self):
        return {"path": self.p, "size": os.stat(self.p).st_size, "mtime_ns": os.stat(self.p).st_mtime_ns}

    def chunks(self, start, max_rows, max_bytes):
        with open(self.p, "rb") as f:
            f.seek(start or 0)
            rows = []
            n = 0
            for l in f:
                rows.append(l)
                n += len(l)
                if len(rows) >= max_rows or n >= max_bytes:
                    yield Chunk(
                        self.p, 1, rows, f_end := ((start or 0) + n), n, hashlib.sha256(b"".join(rows)).digest()
                    )
                    start = f_end
                    rows = []
                    n = 0
            if rows:
                yield Chunk(self.p, 1, rows, (start or 0) + n, n, hashlib.sha256(b"".join(rows)).digest())

    def entries(self, c):
        out = []
        for i, r in enumerate(c.rows):
            try:
                d = orjson.loads(r)
            except Exception as e:
                out.append(Entry("?", None, None, "", "", "s", i, "broken JSON"))
                continue
            out.append(Entry(d["key"], d["reply"], self.o.size, "", "", os.path.basename(self.p), c.first_line + i))
        return out


def open_sources(paths, o):
    return [S(p, o) for p in paths]
