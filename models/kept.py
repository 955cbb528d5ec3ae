"""Words of a form whose session had ended: locked until the same member is back, nobody else reads them.

Each form names its member by a mark, an HMAC behind the session's own token. The words are bound to the mark, so
that another member who logs in on that page opens nothing, and the page itself shows nothing.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from models.house import house
from models.sealing import Purpose, Refused, lookup_tag

MARK_LENGTH: Final = 32


def marked(token: str, staff_id: UUID) -> str:
    """A session's token with its member's mark: what his forms carry."""
    return token + _marks(staff_id)[0].hex


def is_form_of(token: str, staff_id: UUID) -> bool:
    """Whether a form with this token was made for this member."""
    return _mark_in(token) in _marks(staff_id)


def keep(words: Mapping[str, str], token: str) -> str:
    """The words, for the member whose form it was. Empty when the token names nobody: then nobody gets them."""
    mark = _mark_in(token)
    if mark is None or not words:
        return ""
    locked = house().keys.transit.lock(json.dumps(dict(words)).encode(), Purpose.KEPT, mark)
    return urlsafe_b64encode(locked).decode()


def give_back(packed: str, staff_id: UUID) -> dict[str, str]:
    """The words again; none when they are another member's, or when anything is odd about them."""
    for mark in _marks(staff_id):
        try:
            told = json.loads(house().keys.transit.unlock(urlsafe_b64decode(packed), Purpose.KEPT, mark))
        except (Refused, ValueError):
            continue
        return {str(name): str(value) for name, value in told.items()}
    return {}


def _mark_in(token: str) -> UUID | None:
    try:
        return UUID(hex=token[-MARK_LENGTH:])
    except ValueError:
        return None


def _marks(staff_id: UUID) -> list[UUID]:
    """Under the present index key, and under former ones."""
    return [UUID(bytes=lookup_tag(index, "forms of", staff_id.hex)[:16]) for index in house().keys.indexes]
