"""Files: uploads in chunks, and what batches write. Everything is in memory, and gone with the emulator.

That uploads cannot be downloaded follows the SDK's own words; how Google's server says so is not known to us.
"""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from ._protocol.paging import Page, page
from ._protocol.request import Request, mapping
from ._protocol.response_json import Answer, RefusedError, as_json

_LIFE = timedelta(hours=48)


@dataclass
class File:
    """One file."""

    name: str
    data: bytes
    mime_type: str
    display_name: str = ""
    generated: bool = False
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    def resource(self, url: str) -> dict[str, Any]:
        """The file as the API describes it."""
        made = self.created.isoformat().replace("+00:00", "Z")
        place = f"{url}/v1beta/{self.name}"
        about = {
            "name": self.name,
            "mimeType": self.mime_type,
            "sizeBytes": str(len(self.data)),
            "createTime": made,
            "updateTime": made,
            "expirationTime": (self.created + _LIFE).isoformat().replace("+00:00", "Z"),
            "sha256Hash": base64.b64encode(sha256(self.data).hexdigest().encode()).decode(),
            "uri": place,
            "state": "ACTIVE",
            "source": "GENERATED" if self.generated else "UPLOADED",
        }
        about |= {"displayName": self.display_name} if self.display_name else {}
        return about | ({"downloadUri": f"{place}:download?alt=media"} if self.generated else {})


@dataclass
class _Upload:
    """An upload that is under way."""

    name: str
    mime_type: str
    display_name: str
    size: int | None
    data: bytearray = field(default_factory=bytearray)


class Files:
    """Every file, by its name ``files/ID``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._files: dict[str, File] = {}
        self._uploads: dict[str, _Upload] = {}
        self._count = 0
        self._lock = threading.Lock()

    def add(self, data: bytes, mime_type: str, name: str = "", display_name: str = "", generated: bool = False) -> File:
        """Store a file that is there whole."""
        with self._lock:
            file = File(name or self._new_name(), data, mime_type, display_name, generated)
            self._files[file.name] = file
            return file

    def find(self, name: str) -> File:
        """The file of a name or an address.

        Raises
        ------
        RefusedError
            There is none.
        """
        short = "files/" + name.rpartition("files/")[2]
        file = self._files.get(short)
        if file is None:
            told = f"You do not have permission to access the File {short[6:]} or it may not exist."
            raise RefusedError(403, told)
        return file

    def data_of(self, name: str) -> bytes:
        """What the file holds."""
        return self.find(name).data

    # Calls.

    def get(self, request: Request) -> Answer:
        """One file."""
        return as_json(self.find(request.id).resource(self._url))

    def list(self, request: Request) -> Answer:
        """A page of files, the newest first."""
        with self._lock:
            every = [file for file in self._files.values() if not file.generated][::-1]
        found: Page[File] = page(every, request.query, 10)
        return as_json({"files": [file.resource(self._url) for file in found.items], **found.next})

    def delete(self, request: Request) -> Answer:
        """Forget a file."""
        with self._lock:
            self._files.pop(self.find(request.id).name, None)
        return as_json({})

    def download(self, request: Request) -> Answer:
        """What a file holds that a batch wrote."""
        file = self.find(request.id)
        if not file.generated:
            raise RefusedError(400, f"{file.name} was uploaded; only generated files can be downloaded.")
        return Answer(200, file.data, (), file.mime_type)

    def start(self, request: Request) -> Answer:
        """Begin an upload."""
        if request.headers.get("x-goog-upload-command") != "start":
            raise RefusedError(400, "Upload command must be start: only resumable uploads are taken.")
        about = mapping(request.data.get("file"))
        name = str(about.get("name") or "")
        size = request.headers.get("x-goog-upload-header-content-length", "")
        kind = str(about.get("mimeType") or request.headers.get("x-goog-upload-header-content-type") or "")
        with self._lock:
            if name in self._files:
                raise RefusedError(409, f"The file {name} already exists.")
            upload = _Upload(
                name or self._new_name(),
                kind,
                str(about.get("displayName", "")),
                int(size) if size.isdecimal() else None,
            )
            self._uploads[upload.name] = upload
        target = f"{self._url}/upload/v1beta/files?upload_id={upload.name[6:]}&upload_protocol=resumable"
        status = ("x-goog-upload-status", "active"), ("x-goog-upload-chunk-granularity", "262144")
        return Answer(200, b"", (("x-goog-upload-url", target), *status))

    def go_on(self, request: Request) -> Answer:
        """Take a chunk, or tell how much is there."""
        upload = self._uploads.get(f"files/{request.query['upload_id']}")
        if upload is None:
            raise RefusedError(404, "There is no such upload.")
        commands = [word.strip() for word in request.headers.get("x-goog-upload-command", "").split(",")]
        if commands == ["query"]:
            size = ("x-goog-upload-size-received", str(len(upload.data)))
            return Answer(200, b"", (("x-goog-upload-status", "active"), size))
        if "upload" in commands:
            self._append(upload, request)
        if "finalize" not in commands:
            return Answer(200, b"", (("x-goog-upload-status", "active"),))
        return self._finish(upload)

    def _append(self, upload: _Upload, request: Request) -> None:
        offset = request.headers.get("x-goog-upload-offset", "")
        if offset != str(len(upload.data)):
            raise RefusedError(400, f"The upload goes on at {len(upload.data)}, not at {offset or 'no offset'}.")
        upload.data += request.raw

    def _finish(self, upload: _Upload) -> Answer:
        if upload.size is not None and upload.size != len(upload.data):
            raise RefusedError(400, f"The upload has {len(upload.data)} bytes; {upload.size} were announced.")
        self._uploads.pop(upload.name, None)
        file = self.add(bytes(upload.data), upload.mime_type, upload.name, upload.display_name)
        return as_json({"file": file.resource(self._url)}, ("x-goog-upload-status", "final"))

    def _new_name(self) -> str:
        self._count += 1
        return f"files/{sha256(f'file {self._count}'.encode()).hexdigest()[:12]}"
