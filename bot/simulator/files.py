"""Uploaded bytes, kept in memory; a file id can be used again in any chat."""

import secrets
from dataclasses import dataclass, field

from bot.simulator.errors import Json, bad_request

MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
MAX_PHOTO = 10 * 1024 * 1024
FOLDERS = {"photo": "photos", "voice": "voice", "video": "videos", "video_note": "video_notes", "audio": "music"}
SUFFIXES = {"photo": "jpg", "voice": "oga", "video": "mp4", "video_note": "mp4", "animation": "mp4", "audio": "mp3"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A part of a multipart request; the bytes stay out of repr and so out of failure messages."""

    name: str
    mime: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file with its Bot API names. `size` may lie, to try limits without allocating megabytes."""

    kind: str
    name: str
    mime: str
    data: bytes = field(repr=False)
    size: int
    id: str
    path: str
    seconds: int = 0

    def as_json(self) -> Json:
        """The fields that every kind of file shares."""
        return {"file_id": self.id, "file_unique_id": self.id[-12:], "file_size": self.size}


class Files:
    """The store: by file id and by download path."""

    def __init__(self) -> None:
        """Start empty."""
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add(
        self,
        kind: str,
        data: bytes,
        *,
        name: str = "",
        mime: str = "",
        size: int | None = None,
        seconds: int = 0,
    ) -> StoredFile:
        """Keep the bytes and name them."""
        ending = SUFFIXES.get(kind) or (name.rpartition(".")[2] if "." in name else "bin")
        path = f"{FOLDERS.get(kind, 'documents')}/file_{len(self._by_id)}.{ending}"
        size = len(data) if size is None else size
        stored = StoredFile(kind, name, mime, data, size, secrets.token_urlsafe(30), path, seconds)
        self._by_id[stored.id] = self._by_path[path] = stored
        return stored

    def by_id(self, file_id: str) -> StoredFile:
        """The file of this id, or Telegram's refusal."""
        if (stored := self._by_id.get(file_id)) is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return stored

    def at(self, path: str) -> StoredFile | None:
        """The file that getFile handed out under this path."""
        return self._by_path.get(path)
