"""Texts and captions: parsed, measured and refused as Telegram does."""

from bot.simulator.errors import Json, bad_request
from bot.simulator.html import parse_html
from bot.simulator.markdown import parse_markdown
from bot.simulator.params import Params

MAX_TEXT = 4096
MAX_CAPTION = 1024


def text_fields(params: Params) -> Json:
    """The message fields `text` and `entities`."""
    text, entities = _parsed(params.text("text"), params.text("parse_mode"), params.tree("entities"))
    if not text:
        raise bad_request("message text is empty")
    if len(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return {"text": text, "entities": entities} if entities else {"text": text}


def caption_fields(caption: str, parse_mode: str, entities: list[Json] | None) -> Json:
    """The message fields `caption` and `caption_entities`; none for an empty caption."""
    text, entities = _parsed(caption, parse_mode, entities)
    if len(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    if not text:
        return {}
    return {"caption": text, "caption_entities": entities} if entities else {"caption": text}


def _parsed(source: str, parse_mode: str, entities: list[Json] | None) -> tuple[str, list[Json]]:
    mode = parse_mode.lower()
    if not mode:
        return source.rstrip(), entities or []
    if mode == "html":
        text, entities = parse_html(source)
    elif mode == "markdownv2":
        text, entities = parse_markdown(source)
    else:
        raise bad_request("unsupported parse_mode")
    return text.rstrip(), entities
