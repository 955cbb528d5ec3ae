"""The site's style sheet, script and sign: read once, addressed by their content."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from aiohttp import web

OWN: Final = Path(__file__).parent / "static"
KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Asset(NamedTuple):
    """A file as it is served."""

    body: bytes
    kind: str
    version: str


@cache
def assets() -> dict[str, Asset]:
    """Every known file by name."""
    return {path.name: _read(path) for path in sorted(OWN.iterdir()) if path.suffix in KINDS}


def address(name: str) -> str:
    """The path of a file; it changes with the content, so a slow phone fetches it once."""
    return f"/static/{assets()[name].version}/{name}"


async def asset(request: web.Request) -> web.Response:
    """One known file."""
    found = assets().get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    kept = "public, max-age=31536000, immutable" if request.match_info["version"] == found.version else "no-cache"
    return web.Response(body=found.body, content_type=found.kind, charset="utf-8", headers={"Cache-Control": kept})


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body, KINDS[path.suffix], hashlib.sha256(body).hexdigest()[:12])
