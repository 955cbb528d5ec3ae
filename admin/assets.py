"""Style sheets, scripts and pictures: a few known files, read once, addressed by their content."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import bootstrap_wrapper
from aiohttp import web

from admin.routing import public

OWN: Final = Path(__file__).parent / "static"
BOOTSTRAP: Final = Path(str(bootstrap_wrapper.__file__)).parent.parent / "bootstrap"


class Asset(NamedTuple):
    """A file as it is served."""

    body: bytes
    kind: str
    version: str


@cache
def assets() -> dict[str, Asset]:
    """Everything in static/, and of Bootstrap only its style sheet: our pages need none of its scripts."""
    files = {path.name: path for path in sorted(OWN.iterdir()) if path.is_file()}
    files["bootstrap.min.css"] = BOOTSTRAP / "css" / "bootstrap.min.css"
    return {name: _read(path) for name, path in files.items()}


def address(name: str) -> str:
    """The path of a file; it changes with the content, so browsers may keep it for good."""
    return f"/static/{assets()[name].version}/{name}"


@public
async def asset(request: web.Request) -> web.Response:
    """One known file."""
    found = assets().get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    kept = "public, max-age=31536000, immutable" if request.match_info["version"] == found.version else "no-cache"
    charset = None if found.kind.startswith("image/") else "utf-8"
    return web.Response(body=found.body, content_type=found.kind, charset=charset, headers={"Cache-Control": kept})


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    if path.suffix == ".css":
        body = body.split(b"/*# sourceMappingURL")[0]
    kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    return Asset(body, kind or "application/octet-stream", hashlib.sha256(body).hexdigest()[:12])
