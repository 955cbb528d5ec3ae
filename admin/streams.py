"""Bytes on their way to a browser, under headers with which nothing of them runs in our origin."""

from contextlib import aclosing
from typing import Final

from aiohttp import web

from models.material import Material, MaterialKind
from models.sealed_files import Pieces
from models.sealing import Refused

NOTHING_RUNS: Final = {"Content-Security-Policy": "sandbox; default-src 'none'"}


async def hung(request: web.Request, one: Material) -> web.StreamResponse:
    """What hangs beside words: pictures in place, films in their player, files to be saved without a type."""
    if one.kind is not MaterialKind.FILE:
        return await streamed(request, one.open(), one.size, one.mime, NOTHING_RUNS)
    ending = one.name.rpartition(".")[2]
    headers = {"Content-Disposition": f'attachment; filename="{one.id.hex[:8]}.{ending}"', **NOTHING_RUNS}
    return await streamed(request, one.open(), one.size, "application/octet-stream", headers)


async def streamed(
    request: web.Request, stream: Pieces, size: int, kind: str, headers: dict[str, str]
) -> web.StreamResponse:
    """Bytes as they are opened, closed when the browser leaves. What turns out damaged is cut short of its length."""
    response = web.StreamResponse(headers={**headers, "Content-Type": kind, "Accept-Ranges": "none"})
    response.content_length = size
    await response.prepare(request)
    try:
        async with aclosing(stream):
            async for piece in stream:
                await response.write(piece)
        await response.write_eof()
    except (Refused, OSError):
        if request.transport is not None:
            request.transport.abort()
    return response
