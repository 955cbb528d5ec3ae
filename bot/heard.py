"""What somebody sent, read from the raw update: words, a file, or something we cannot take.

Of a forwarded message only the words and the file are read; from whom it came is looked at nowhere.
"""

from dataclasses import dataclass, field
from typing import Any

PHOTO, VOICE, VIDEO, FILE = "photo", "voice", "video", "file"
# An animation comes as a document, too; it is looked for first.
_KINDS = {"voice": VOICE, "audio": VOICE, "video": VIDEO, "video_note": VIDEO, "animation": VIDEO, "document": FILE}
_UNREADABLE = {
    "sticker": "sticker",
    "dice": "sticker",
    "location": "location",
    "venue": "location",
    "contact": "contact",
    "poll": "poll",
}
"""What Telegram calls it, and by which sentence it is answered; everything else is "other"."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message. Exactly one of `text`, `kind` and `unreadable` is set."""

    mark: int
    text: str = field(default="", repr=False)
    kind: str = ""  # photo, voice, video, file
    file_id: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    size: int = 0
    unreadable: str = ""


def heard_in(message: dict[str, Any]) -> list[Heard]:
    """The pieces of a message: a caption is words of its own, beside its file."""
    mark = message["message_id"]
    pieces = [piece] if (piece := _file_in(message, mark)) else []
    if words := message.get("text") or message.get("caption"):
        pieces.append(Heard(mark, text=words))
    # Said also beside a caption: nobody may believe that his film was taken with it.
    has_file = any(piece.kind for piece in pieces)
    unreadable = "" if has_file else next((word for kind, word in _UNREADABLE.items() if kind in message), "")
    if unreadable or not pieces:
        pieces.append(Heard(mark, unreadable=unreadable or "other"))
    return pieces


def _file_in(message: dict[str, Any], mark: int) -> Heard | None:
    if photo := message.get("photo"):
        # The largest size comes last; a smaller one would spoil evidence.
        best = photo[-1]
        return Heard(mark, kind=PHOTO, file_id=best["file_id"], size=best.get("file_size") or 0)
    for field_name, kind in _KINDS.items():
        if field_name in message:
            file = message[field_name]
            image = kind == FILE and str(file.get("mime_type", "")).startswith("image/")
            return Heard(
                mark,
                kind=PHOTO if image else kind,
                file_id=file["file_id"],
                name=file.get("file_name") or "",
                size=file.get("file_size") or 0,
            )
    return None
