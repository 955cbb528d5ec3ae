"""Turns what the domain wants said into words and buttons, in the reader's language."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from locales import t
from models.clock import day_of
from models.outbox import Choice, Say

MOST = 4096
"""Characters of one Telegram message."""
MOST_BESIDE: Final = 1024
"""Characters beside a photo, film or file."""


def words(say: Say, language: str) -> str:
    """The sentence, filled and cut to what one message holds."""
    text = t(language, say.key, **{name: rendered(value, language) for name, value in say.params.items()})
    most = MOST_BESIDE if say.media else MOST
    return text if len(text) <= most else text[: most - 1] + "…"


def rendered(value: Any, language: str) -> Any:
    """A parameter: `{"t": key, …}` is looked up, `{"join": […]}` listed, days written out; the rest as it is."""
    match value:
        case {"t": str(key)}:
            params = {name: rendered(inner, language) for name, inner in value.items() if name != "t"}
            return t(language, key, **params)
        case {"join": list() | tuple() as items}:
            return t(language, "list.separator").join(str(rendered(item, language)) for item in items)
        case {"day": moment}:
            return _day(day_of(datetime.fromisoformat(moment)), language)
        case {"date": day}:
            return _day(date.fromisoformat(day), language)
        case _:
            return value


def keyboard(say: Say, language: str) -> dict[str, Any] | None:
    """The buttons beneath, if there are any, as the Bot API takes them."""
    if not say.choices:
        return None
    return {"inline_keyboard": [[_button(choice, language) for choice in row] for row in say.choices]}


def told_by_picture(say: Say, language: str, bot_link: Callable[[], str]) -> str:
    """What the QR picture beside the words tells: a code, a page, or a way into this bot; empty without one."""
    media = say.media
    if code := media.get("qr"):
        return f"{t(language, 'receipt.qr')}{code}"
    if payload := media.get("start"):
        return f"{bot_link()}?start={payload}"
    return str(media.get("link", ""))


def qr_picture(told: str) -> bytes:
    """A QR picture in PNG, large enough for an old phone."""
    import io

    import segno

    picture = io.BytesIO()
    segno.make(told, error="m").save(picture, kind="png", scale=8, border=4)
    return picture.getvalue()


def _button(choice: Choice, language: str) -> dict[str, Any]:
    label = t(language, choice.key, **{name: rendered(value, language) for name, value in choice.params.items()})
    if choice.copy:
        return {"text": label, "copy_text": {"text": choice.copy}}
    if choice.app:
        return {"text": label, "web_app": {"url": choice.app}}
    if choice.url:
        return {"text": label, "url": choice.url}
    return {"text": label, "callback_data": choice.data}


def _day(day: date, language: str) -> str:
    from babel.dates import format_skeleton

    return str(format_skeleton("MMMd", day, locale=language))
