"""A reporter's files. A stranger made them: nothing of them ever runs in this origin.

A picture is shown only as a fresh one that a child process without keys made of it. Sound and film play
under a type from our own list. Everything else, and every original, is a download without a type.

Bytes are decrypted while they are sent, so a file that was cut or exchanged is noticed on the way, not
before. Then the connection is torn down short of the length it promised: browsers throw the download away.
"""

from contextlib import aclosing
from typing import Any, Final, Protocol
from uuid import UUID

from aiohttp import web

from admin.forms import path_id
from admin.pages import actor_of
from admin.routing import action
from admin.streams import NOTHING_RUNS, streamed
from models.errors import Invalid, NotFound
from models.matter import Matter
from models.media import LARGEST_PICTURE, Group, by_name, preview_image
from models.policy import Action
from models.sealed_files import Pieces, gathered

PLAYED: Final = frozenset({Group.AUDIO, Group.VIDEO})


class Holder(Protocol):
    """What has files and was opened for who asks: a matter, or what an officer handed in."""

    async def file(self, file_id: UUID) -> tuple[dict[str, Any], Pieces]:
        """Metadata and clear bytes of one of them. NotFound for another's."""


@action(Action.READ_FILE)
async def download(request: web.Request) -> web.StreamResponse:
    """The original, to be saved."""
    return await saved(request, await Matter.open(actor_of(request), path_id(request, "tip")))


@action(Action.READ_FILE)
async def play(request: web.Request) -> web.StreamResponse:
    """Sound or film for the player on the page."""
    return await played(request, await Matter.open(actor_of(request), path_id(request, "tip")))


@action(Action.READ_FILE)
async def preview(request: web.Request) -> web.StreamResponse:
    """A fresh picture of the picture."""
    return await pictured(request, await Matter.open(actor_of(request), path_id(request, "tip")))


async def saved(request: web.Request, matter: Holder) -> web.StreamResponse:
    """One file of a matter that was opened, as it came."""
    meta, stream = await matter.file(path_id(request, "file"))
    kind = by_name(meta.get("type", ""))
    name = f"{request.match_info['file'][:8]}.{kind.extension if kind else 'bin'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **NOTHING_RUNS}
    return await streamed(request, stream, meta["size"], "application/octet-stream", headers)


async def played(request: web.Request, matter: Holder) -> web.StreamResponse:
    """NotFound for what no player plays."""
    meta, stream = await matter.file(path_id(request, "file"))
    kind = by_name(meta.get("type", ""))
    if kind is None or kind.group not in PLAYED:
        raise NotFound
    return await streamed(request, stream, meta["size"], kind.mime, NOTHING_RUNS)


async def pictured(request: web.Request, matter: Holder) -> web.StreamResponse:
    """NotFound for what cannot be shown."""
    meta, stream = await matter.file(path_id(request, "file"))
    kind = by_name(meta.get("type", ""))
    if kind is None or not kind.preview:
        raise NotFound
    if meta["size"] > LARGEST_PICTURE:
        raise Invalid("error.image_large")
    async with aclosing(stream):
        picture = await preview_image(await gathered(stream, LARGEST_PICTURE))
    return web.Response(body=picture, content_type="image/jpeg", headers=NOTHING_RUNS)
