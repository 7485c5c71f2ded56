"""Stored files: uploads in chunks, and outputs of batch jobs, kept in memory until the emulator stops.

Uploads cannot be downloaded, as the SDK documents; how Google's server reports that is not known.
"""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from ._messages.paging import Page, list_page
from ._messages.request import ApiRequest, as_mapping
from ._messages.response_json import HttpResponse, RefusedError, json_response

_LIFETIME = timedelta(hours=48)


@dataclass
class StoredFile:
    """A stored file."""

    name: str
    data: bytes
    mime_type: str
    display_name: str = ""
    generated: bool = False
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    def resource(self, url: str) -> dict[str, Any]:
        """Return the file as the API describes it."""
        created = self.created.isoformat().replace("+00:00", "Z")
        uri = f"{url}/v1beta/{self.name}"
        fields = {
            "name": self.name,
            "mimeType": self.mime_type,
            "sizeBytes": str(len(self.data)),
            "createTime": created,
            "updateTime": created,
            "expirationTime": (self.created + _LIFETIME).isoformat().replace("+00:00", "Z"),
            "sha256Hash": base64.b64encode(sha256(self.data).hexdigest().encode()).decode(),
            "uri": uri,
            "state": "ACTIVE",
            "source": "GENERATED" if self.generated else "UPLOADED",
        }
        fields |= {"displayName": self.display_name} if self.display_name else {}
        return fields | ({"downloadUri": f"{uri}:download?alt=media"} if self.generated else {})


@dataclass
class _Upload:
    """An upload in progress."""

    name: str
    mime_type: str
    display_name: str
    size: int | None
    data: bytearray = field(default_factory=bytearray)


class StoredFiles:
    """All files, by name ``files/ID``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._files: dict[str, StoredFile] = {}
        self._uploads: dict[str, _Upload] = {}
        self._count = 0
        self._lock = threading.Lock()

    def add(
        self, data: bytes, mime_type: str, name: str = "", display_name: str = "", generated: bool = False
    ) -> StoredFile:
        """Store a complete file.

        Parameters
        ----------
        data : bytes
            Content of the file.
        mime_type : str
            Media type of the content.
        name : str
            ``files/ID``; by default a new name.
        display_name : str
            Name for people.
        generated : bool
            Whether a batch job wrote it.
        """
        with self._lock:
            file = StoredFile(name or self._new_name(), data, mime_type, display_name, generated)
            self._files[file.name] = file
            return file

    def find(self, name: str) -> StoredFile:
        """Return the file of a name or URI.

        Raises
        ------
        RefusedError
            There is no such file.
        """
        short = "files/" + name.rpartition("files/")[2]
        file = self._files.get(short)
        if file is None:
            message = f"You do not have permission to access the File {short[6:]} or it may not exist."
            raise RefusedError(403, message)
        return file

    def data_of(self, name: str) -> bytes:
        """Return the content of a file."""
        return self.find(name).data

    # Calls.

    def get(self, request: ApiRequest) -> HttpResponse:
        """Return one file."""
        return json_response(self.find(request.id).resource(self._url))

    def list(self, request: ApiRequest) -> HttpResponse:
        """Return a page of files, the newest first."""
        with self._lock:
            all_files = [file for file in self._files.values() if not file.generated][::-1]
        page: Page[StoredFile] = list_page(all_files, request.query, 10)
        return json_response({"files": [file.resource(self._url) for file in page.items], **page.next})

    def delete(self, request: ApiRequest) -> HttpResponse:
        """Delete a file."""
        with self._lock:
            self._files.pop(self.find(request.id).name, None)
        return json_response({})

    def download(self, request: ApiRequest) -> HttpResponse:
        """Return the content of a file that a batch job wrote."""
        file = self.find(request.id)
        if not file.generated:
            raise RefusedError(400, f"{file.name} was uploaded; only generated files can be downloaded.")
        return HttpResponse(200, file.data, (), file.mime_type)

    def start_upload(self, request: ApiRequest) -> HttpResponse:
        """Start an upload."""
        if request.headers.get("x-goog-upload-command") != "start":
            raise RefusedError(400, "Upload command must be start: only resumable uploads are taken.")
        fields = as_mapping(request.data.get("file"))
        name = str(fields.get("name") or "")
        size = request.headers.get("x-goog-upload-header-content-length", "")
        mime_type = str(fields.get("mimeType") or request.headers.get("x-goog-upload-header-content-type") or "")
        with self._lock:
            if name in self._files:
                raise RefusedError(409, f"The file {name} already exists.")
            upload = _Upload(
                name or self._new_name(),
                mime_type,
                str(fields.get("displayName", "")),
                int(size) if size.isdecimal() else None,
            )
            self._uploads[upload.name] = upload
        target = f"{self._url}/upload/v1beta/files?upload_id={upload.name[6:]}&upload_protocol=resumable"
        status = ("x-goog-upload-status", "active"), ("x-goog-upload-chunk-granularity", "262144")
        return HttpResponse(200, b"", (("x-goog-upload-url", target), *status))

    def receive_chunk(self, request: ApiRequest) -> HttpResponse:
        """Append a chunk to an upload, or report how much has arrived."""
        upload = self._uploads.get(f"files/{request.query['upload_id']}")
        if upload is None:
            raise RefusedError(404, "There is no such upload.")
        commands = [word.strip() for word in request.headers.get("x-goog-upload-command", "").split(",")]
        if commands == ["query"]:
            size = ("x-goog-upload-size-received", str(len(upload.data)))
            return HttpResponse(200, b"", (("x-goog-upload-status", "active"), size))
        if "upload" in commands:
            self._append(upload, request)
        if "finalize" not in commands:
            return HttpResponse(200, b"", (("x-goog-upload-status", "active"),))
        return self._finish(upload)

    def _append(self, upload: _Upload, request: ApiRequest) -> None:
        offset = request.headers.get("x-goog-upload-offset", "")
        if offset != str(len(upload.data)):
            raise RefusedError(400, f"The upload goes on at {len(upload.data)}, not at {offset or 'no offset'}.")
        upload.data += request.raw

    def _finish(self, upload: _Upload) -> HttpResponse:
        if upload.size is not None and upload.size != len(upload.data):
            raise RefusedError(400, f"The upload has {len(upload.data)} bytes; {upload.size} were announced.")
        self._uploads.pop(upload.name, None)
        file = self.add(bytes(upload.data), upload.mime_type, upload.name, upload.display_name)
        return json_response({"file": file.resource(self._url)}, ("x-goog-upload-status", "final"))

    def _new_name(self) -> str:
        self._count += 1
        return f"files/{sha256(f'file {self._count}'.encode()).hexdigest()[:12]}"
