"""MarkdownV2: the markers our texts may use, and the refusal that catches every forgotten backslash."""

import re

from bot.simulator.errors import Json, bad_request
from bot.simulator.html import utf16

TOKEN = re.compile(r"\\(.)|```(?:\w*\n)?(.*?)```|`([^`]*)`|\]\(([^)\s]*)\)|__|\|\||[*_~\[]|(.)", re.DOTALL)
KINDS = {
    "*": "bold",
    "_": "italic",
    "__": "underline",
    "~": "strikethrough",
    "||": "spoiler",
    "[": "text_link",
}
RESERVED = set("_*[]()~`>#+-=|{}.!")


def parse_markdown(source: str) -> tuple[str, list[Json]]:
    """Plain text and entities, or a refusal."""
    text = ""
    entities: list[Json] = []
    opened: list[tuple[str, int]] = []
    for token in TOKEN.finditer(source):
        escaped, block, code, link, plain = token.groups()
        if (literal := block if block is not None else code) is not None:
            kind = "code" if block is None else "pre"
            entities.append({"type": kind, "offset": utf16(text), "length": utf16(literal)})
            text += literal
        elif link is not None:
            entities.append(_closed("[", opened, text) | {"url": link})
        elif (letter := escaped or plain) is not None:
            _check(plain, text)
            text += letter
        elif token[0] != "[" and any(marker == token[0] for marker, _ in opened):
            entities.append(_closed(token[0], opened, text))
        else:
            opened.append((token[0], utf16(text)))
    if opened:
        raise bad_request(f"can't parse entities: Can't find end of {KINDS[opened[-1][0]]} entity")
    return text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _check(plain: str | None, before: str) -> None:
    """A quote mark may stand at the start of a line; every other reserved character is refused."""
    if plain in RESERVED and not (plain == ">" and (not before or before.endswith("\n"))):
        raise bad_request(
            f"can't parse entities: Character '{plain}' is reserved and must be escaped with the preceding '\\'"
        )


def _closed(marker: str, opened: list[tuple[str, int]], text: str) -> Json:
    if not opened or opened[-1][0] != marker:
        raise bad_request("can't parse entities: markers cross")
    _, start = opened.pop()
    return {"type": KINDS[marker], "offset": start, "length": utf16(text) - start}
