"""Telegram's HTML: text with tags becomes plain text with entities, as strictly as the real thing."""

import html
import re

from bot.simulator.errors import Json, bad_request

TOKEN = re.compile(r"<(/?)([a-zA-Z0-9-]*)([^>]*)>|&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);|[^<&]+|[<&]")
HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""")
KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}


def utf16(text: str) -> int:
    """Length as entities count it: emoji outside the basic plane count twice."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Plain text and entities, or a refusal."""
    text = ""
    entities: list[Json] = []
    open_tags: list[tuple[str, int, str]] = []
    for token in TOKEN.finditer(source):
        tag = token[2]
        if tag is None:
            if token[0] == "<":
                raise _wrong(f'Unsupported start tag "" at byte offset {token.start()}')
            text += html.unescape(token[0])
        elif token[1]:
            entities += _closed(tag.lower(), open_tags, text, token.start())
        elif tag.lower() not in KINDS:
            raise _wrong(f'Unsupported start tag "{tag}" at byte offset {token.start()}')
        else:
            open_tags.append((tag.lower(), utf16(text), token[3]))
    if open_tags:
        raise _wrong(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _closed(tag: str, open_tags: list[tuple[str, int, str]], text: str, at: int) -> list[Json]:
    if not open_tags or open_tags[-1][0] != tag:
        raise _wrong(f'Unmatched end tag at byte offset {at}, found "</{tag}>"')
    _, start, attributes = open_tags.pop()
    entity: Json = {"type": KINDS[tag], "offset": start, "length": utf16(text) - start}
    if tag == "a":
        link = HREF.search(attributes)
        if link is None:
            return []
        entity["url"] = html.unescape(link[1])
    return [entity] if entity["length"] else []


def _wrong(what: str) -> Exception:
    return bad_request(f"can't parse entities: {what}")
