"""What a form sent, read with care; and the words in it, kept when they cannot be used yet."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from multidict import MultiMapping

from admin.bringing import BROUGHT
from admin.config import OPENED, POSTED
from models.errors import Invalid, NotFound
from models.kept import is_form_of

FORM: Final = "application/x-www-form-urlencoded"
SENTENCES: Final = ("words", "summary", "guidance", "answer", "name", "office", "old_names", "reason")
_NEVER_KEPT: Final = frozenset({"token", "password", "again", "old", "code", "seed", "invite", "fingerprint"})


def kept_words(form: Mapping[str, Any]) -> dict[str, str]:
    """Everything typed that is neither a secret nor a token."""
    return {name: value for name, value in form.items() if name not in _NEVER_KEPT and isinstance(value, str)}


async def text(request: web.Request, name: str) -> str:
    """One field of the form; empty when it is missing."""
    value = (await _fields(request)).get(name, "")
    return value if isinstance(value, str) else ""


async def words(request: web.Request) -> dict[str, str]:
    """All that was typed, for showing it once more."""
    return kept_words(await _fields(request))


async def _fields(request: web.Request) -> Mapping[str, Any]:
    """Of a form of words, or of one that may bring files and was read by the gate."""
    return request[POSTED].fields if POSTED in request else await form_of(request)


async def form_of(request: web.Request) -> MultiMapping[Any]:
    """All fields, of which some may stand there more than once."""
    return request[BROUGHT].fields if BROUGHT in request else await request.post()


async def typed_words(request: web.Request) -> dict[str, str]:
    """What a person wrote in sentences, for giving it back on a page that has no form for it; to himself only."""
    if request.content_type != FORM and POSTED not in request and BROUGHT not in request:
        return {}
    try:
        typed = await words(request)
        if OPENED in request and not is_form_of(await text(request, "token"), request[OPENED].actor.id):
            return {}  # the form of somebody who worked at this browser before
    except (ValueError, LookupError, web.HTTPException):  # it could not be read; then nothing can be given back
        return {}
    return {name: value for name, value in typed.items() if name in SENTENCES and value.strip()}


async def chosen_id(request: web.Request, name: str) -> UUID:
    """A choice among things with ids. Invalid when it is none."""
    try:
        return UUID(hex=await text(request, name))
    except ValueError:
        raise Invalid("error.choice") from None


async def stamp(request: web.Request) -> str | None:
    """What was written when the form was opened, as `Reviewed.stamp`; None when the form does not say."""
    return await text(request, "read") or None


async def asked_id(request: web.Request) -> UUID:
    """The proposal somebody read before he decided; one that is none when the form does not say."""
    try:
        return UUID(hex=await text(request, "proposal"))
    except ValueError:
        return UUID(int=0)


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
