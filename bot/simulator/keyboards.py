"""Keyboards: what a bot may send beneath a message, and what a person sees to press."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.simulator.errors import Json, bad_request

MAX_DATA = 64
MAX_COPY = 256
MAX_BUTTONS = 100
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
ACTIONS = ("callback_data", "url", "web_app", "copy_text")


@dataclass(frozen=True, slots=True)
class Button:
    """One button: kind is callback_data, url, web_app, copy_text, or text (of a reply keyboard)."""

    text: str
    kind: str
    value: str


def inline_buttons(markup: Json | None) -> list[list[Button]]:
    """The rows beneath a message."""
    rows = (markup or {}).get("inline_keyboard", [])
    return [[_button(raw) for raw in row] for row in rows]


def reply_buttons(markup: Json) -> list[list[Button]]:
    """The rows beneath the composer; a button may be a bare string."""
    rows = [[raw if isinstance(raw, dict) else {"text": raw} for raw in row] for row in markup["keyboard"]]
    return [[_button(raw) for raw in row] for row in rows]


def _button(raw: Json) -> Button:
    for kind in ACTIONS:
        if kind in raw:
            value = raw[kind]
            return Button(raw["text"], kind, value if isinstance(value, str) else next(iter(value.values())))
    return Button(raw["text"], "text", raw["text"])


def check_markup(markup: Any) -> None:
    """Refuse what Telegram refuses."""
    if markup is None:
        return
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    rows = markup.get("inline_keyboard", markup.get("keyboard", []))
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse keyboard: expected an Array of Arrays of buttons")
    if "inline_keyboard" not in markup:
        return
    buttons = [raw for row in markup["inline_keyboard"] for raw in row]
    if len(buttons) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    for raw in buttons:
        _check_inline(raw)


def _check_inline(raw: Json) -> None:
    if not raw.get("text"):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be non-empty')
    kinds = [kind for kind in ACTIONS if kind in raw]
    if len(kinds) != 1:
        raise bad_request("text buttons are unallowed in the inline keyboard")
    value = _button(raw).value
    if kinds[0] == "callback_data" and not 1 <= len(value.encode()) <= MAX_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    if kinds[0] == "copy_text" and not 1 <= len(value) <= MAX_COPY:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if kinds[0] in {"url", "web_app"}:
        _check_address(value, secure=kinds[0] == "web_app")


def _check_address(url: str, *, secure: bool) -> None:
    """Loopback http is let through, unlike Telegram: the demo's own pages live there."""
    parts = urlsplit(url)
    if parts.scheme == "http" and secure and parts.hostname not in LOOPBACK:
        raise bad_request(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    if parts.scheme not in {"http", "https", "tg"}:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
