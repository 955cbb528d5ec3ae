"""Pages: templates, and what each of them may rely on."""

import secrets
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp_jinja2
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from admin.assets import address
from admin.compiled import Compiled
from admin.config import CONFIG, FORM_TOKEN, OPENED
from admin.language import TAGS, language_of, words_of
from admin.navigation import navigation
from locales import LANGUAGES
from models.actor import Actor
from models.clock import SHANGHAI

TEMPLATES: Final = Path(__file__).parent / "templates"
TROUBLE: Final = 500


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
        default_helpers=True,
    )
    environment.globals["asset"] = address
    environment.filters["day"] = day
    environment.filters["moment"] = moment
    for name in environment.list_templates():
        environment.get_template(name)


async def page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """Render a page with what every page needs. Hands out the token for forms before the log-in."""
    form_token, is_new = _form_token(request)
    session = request.get(OPENED)
    # A page that says the database is in trouble asks it nothing.
    entries = await navigation(request, session.actor, counted=status < TROUBLE) if session else []
    response = aiohttp_jinja2.render_template(
        template, request, {**_common(request, form_token), "navigation": entries, **context}, status=status
    )
    if is_new:
        config = request.app[CONFIG]
        set_cookie(response, config.form_cookie, form_token, secure=config.https)
    return response


def set_cookie(response: web.StreamResponse, name: str, value: str, *, secure: bool, days: int | None = None) -> None:
    """A cookie no script reads and no other site sends. Without `days` it goes with the browser."""
    age = days * 86_400 if days else None
    response.set_cookie(name, value, max_age=age, path="/", httponly=True, secure=secure, samesite="Strict")


def actor_of(request: web.Request) -> Actor:
    """Who acts in this request."""
    return request[OPENED].actor


def day(value: date) -> str:
    """2026-11-23, the same in every language."""
    return value.isoformat()


def moment(value: datetime) -> str:
    """2026-11-23 09:05, in Shanghai."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _common(request: web.Request, form_token: str) -> dict[str, Any]:
    session, language = request.get(OPENED), language_of(request)
    return {
        "t": words_of(request),
        "language": language,
        "language_tag": TAGS[language],
        "languages": LANGUAGES,
        "demo": request.app[CONFIG].demo,
        "here": request.path,
        "new_mark": lambda: secrets.token_hex(16),
        "form_token": form_token,
        "token": session.csrf if session else form_token,
        "actor": session.actor if session else None,
    }


def _form_token(request: web.Request) -> tuple[str, bool]:
    if FORM_TOKEN not in request:
        request[FORM_TOKEN] = request.cookies.get(request.app[CONFIG].form_cookie) or secrets.token_hex(16)
    return request[FORM_TOKEN], request[FORM_TOKEN] != request.cookies.get(request.app[CONFIG].form_cookie)
