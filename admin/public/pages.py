"""Pages of the residents' site, and what each of them may rely on. No cookie: the language travels with the form."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import aiohttp_jinja2
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from admin.compiled import Compiled
from admin.language import TAGS
from admin.public.assets import address
from admin.public.config import CONFIG
from locales import LANGUAGES, t
from models.clock import day_of
from models.draft import MAX_FILES
from models.text import MAX_TIP

TEMPLATES: Final = Path(__file__).parent / "templates"
LANGUAGE: Final = web.RequestKey("language", str)
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
MEGABYTE: Final = 1024 * 1024


def set_up(app: web.Application) -> None:
    """Compile all templates now, so that a mistake shows at the start and no request pays for it."""
    environment: Environment = aiohttp_jinja2.setup(
        app,
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=Compiled(),
    )
    environment.globals.update(asset=address, most_characters=MAX_TIP, most_files=MAX_FILES)
    environment.filters["size"] = size
    environment.filters["dialled"] = dialled
    environment.filters["shanghai_day"] = shanghai_day
    for name in environment.list_templates():
        environment.get_template(name)


def language_of(request: web.Request) -> str:
    """The one the form said, or the address; else the site's."""
    chosen = request.get(LANGUAGE) or request.query.get("lang", "")
    return chosen if chosen in LANGUAGES else request.app[CONFIG].language


def words_of(request: web.Request) -> Callable[..., str]:
    """Looks up a sentence by key for this request."""
    return partial(t, language_of(request))


def page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """Render a page with what every page needs."""
    config, language = request.app[CONFIG], language_of(request)
    common = {
        "t": partial(t, language),
        "language": language,
        "language_tag": TAGS[language],
        "languages": LANGUAGES,
        "tags": TAGS,
        "lang": "" if language == config.language else f"?lang={language}",
        "demo": config.demo,
        "leave_to": config.leave_to,
    }
    answer = aiohttp_jinja2.render_template(template, request, {**common, **context}, status=status)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def listed(language: str, names: list[str]) -> str:
    """Several names in a sentence."""
    return t(language, "list.separator").join(names)


def size(count: int) -> str:
    """Bytes as people read them."""
    return f"{count / MEGABYTE:.1f} MB" if count >= MEGABYTE else f"{max(1, count // 1024)} KB"


def shanghai_day(moment: datetime) -> str:
    """2026-11-23, as here: the hour is nobody's business."""
    return day_of(moment).isoformat()


def dialled(number: str) -> str:
    """A telephone number as a link dials it."""
    return "".join(sign for sign in number if sign.isdigit() or sign == "+")
