"""What a form sent, read with care; and the words in it, kept when they cannot be used yet."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from models.errors import Invalid, NotFound

FORM: Final = "application/x-www-form-urlencoded"
SENTENCES: Final = ("words", "summary", "guidance", "answer", "name", "office", "old_names")
_NEVER_KEPT: Final = frozenset({"token", "password", "again", "old", "code", "seed", "invite", "fingerprint"})


def kept_words(form: Mapping[str, Any]) -> dict[str, str]:
    """Everything typed that is neither a secret nor a token."""
    return {name: value for name, value in form.items() if name not in _NEVER_KEPT and isinstance(value, str)}


def unpacked(packed: str) -> dict[str, str]:
    """Kept words as they come back through a hidden field. Anything odd counts as nothing."""
    try:
        told = json.loads(packed or "{}")
    except ValueError:
        return {}
    return kept_words(told) if isinstance(told, dict) else {}


async def text(request: web.Request, name: str) -> str:
    """One field of the form; empty when it is missing."""
    value = (await request.post()).get(name, "")
    return value if isinstance(value, str) else ""


async def words(request: web.Request) -> dict[str, str]:
    """All that was typed, for showing it once more."""
    return kept_words(await request.post())


async def typed_words(request: web.Request) -> dict[str, str]:
    """What a person wrote in sentences, for giving it back on a page that has no form for it."""
    if request.content_type != FORM:
        return {}
    try:
        typed = await words(request)
    except (ValueError, LookupError, web.HTTPException):  # it could not be read; then nothing can be given back
        return {}
    return {name: value for name, value in typed.items() if name in SENTENCES and value.strip()}


async def chosen_id(request: web.Request, name: str) -> UUID:
    """A choice among things with ids. Invalid when it is none."""
    try:
        return UUID(hex=await text(request, name))
    except ValueError:
        raise Invalid("error.choice") from None


def path_id(request: web.Request, name: str) -> UUID:
    """An id in the path. What cannot be an id does not exist."""
    try:
        return UUID(hex=request.match_info[name])
    except ValueError:
        raise NotFound from None


def own_path(path: str) -> str:
    """A path of this site to go on to; the front page for anything that could lead elsewhere."""
    is_ours = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if is_ours else "/"
