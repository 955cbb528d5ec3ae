"""How photos, voices, films and files look inside a message."""

from bot.simulator.errors import Json, bad_request
from bot.simulator.files import MAX_PHOTO, Files, StoredFile, Upload
from bot.simulator.params import Params

ATTACHED = "attach://"
MIMES = {
    "photo": "image/jpeg",
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "animation": "video/mp4",
}


def media_fields(kind: str, file: StoredFile, files: Files) -> Json:
    """The message field named after the kind; a photo comes in two sizes, the small one first."""
    if kind == "photo":
        small = files.add("photo", file.data, mime=file.mime)
        return {
            "photo": [
                {**small.as_json(), "width": 90, "height": 67},
                {**file.as_json(), "width": 1280, "height": 960},
            ]
        }
    if kind == "video_note":  # round, and without a name or a type
        return {kind: {**file.as_json(), "length": 384, "duration": file.seconds}}
    fields: Json = {**file.as_json(), "mime_type": file.mime}
    if kind != "voice":
        fields["file_name"] = file.name
    if kind != "document":
        fields["duration"] = file.seconds
    if kind == "video":
        fields |= {"width": 640, "height": 480}
    if kind == "animation":  # told twice, for old clients
        return {"animation": {**fields, "width": 320, "height": 240}, "document": {**file.as_json(), **_named(file)}}
    return {kind: fields}


def _named(file: StoredFile) -> Json:
    return {"mime_type": file.mime, "file_name": file.name}


def chosen_file(kind: str, reference: str, params: Params, files: Files) -> StoredFile:
    """The file a call sends: a part of the request, or one that was stored before."""
    upload = _upload(kind, reference, params)
    if upload is None:
        stored = files.by_id(reference)
        if stored.kind != kind:
            raise bad_request(f"can't use file of type {stored.kind.title()} as {kind.title()}")
        return stored
    if not upload.data:
        raise bad_request("file must be non-empty")
    if kind == "photo" and len(upload.data) > MAX_PHOTO:
        raise bad_request(
            f"file of size {len(upload.data)} bytes is too big for a photo; the maximum size is {MAX_PHOTO} bytes"
        )
    mime = upload.mime or MIMES.get(kind, "application/octet-stream")
    return files.add(kind, upload.data, name=upload.name, mime=mime, seconds=params.integer("duration"))


def _upload(kind: str, reference: str, params: Params) -> Upload | None:
    if reference.startswith(ATTACHED):
        upload = params.uploads.get(reference.removeprefix(ATTACHED))
    else:
        upload = params.uploads.get(kind)
    if upload is None and (not reference or reference.startswith(ATTACHED)):
        raise bad_request(f"there is no {kind} in the request")
    return upload
