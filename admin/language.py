"""In which language this request is answered."""

from collections.abc import Callable
from functools import partial
from typing import Final

from aiohttp import web

from locales import DEFAULT, LANGUAGES, t

COOKIE: Final = "lang"
TAGS: Final = {"zh_CN": "zh-CN", "zh_Hant": "zh-Hant", "en": "en"}
"""For the html element."""

Words = Callable[..., str]


def language_of(request: web.Request) -> str:
    """The one chosen in this browser, else Chinese."""
    chosen = request.cookies.get(COOKIE, DEFAULT)
    return chosen if chosen in LANGUAGES else DEFAULT


def words_of(request: web.Request) -> Words:
    """Looks up a sentence by key for this request."""
    return partial(t, language_of(request))
