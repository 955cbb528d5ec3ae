"""Every word shown to people, looked up by key. Catalogs are gettext files, merged per language.

`zh_CN` is the source; a key missing in another language falls back to it, and a test forbids that it does.
Plural forms follow the parameter `n` (Babel's rules for the language).
"""

from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent
DEFAULT: Final = "zh_CN"
LANGUAGES: Final = ("zh_CN", "zh_Hant", "en")


class UnknownKey(KeyError):
    """No catalog has this key: a mistake of ours, which a test finds before a user does."""


def t(language: str, key: str, **params: Any) -> str:
    """The sentence for `key` in `language`, with `{name}` filled from params."""
    forms = catalog(language).get(key) or catalog(DEFAULT).get(key)
    if forms is None:
        raise UnknownKey(key)
    form = forms[_plural(language)(params["n"])] if len(forms) > 1 and "n" in params else forms[0]
    return form.format_map(params) if params else form


@cache
def catalog(language: str) -> dict[str, tuple[str, ...]]:
    """Key → its plural forms, from every .po file of the language."""
    from babel.messages.pofile import read_po

    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((ROOT / language).glob("*.po")):
        with path.open("rb") as file:
            messages = [message for message in read_po(file, abort_invalid=True) if message.id]
        for message in messages:
            forms = message.string if isinstance(message.string, (list, tuple)) else (message.string or "",)
            key = message.id if isinstance(message.id, str) else message.id[0]
            found[key] = tuple(forms)
    return found


@cache
def _plural(language: str) -> Any:
    from babel import Locale

    rule = Locale.parse(language).plural_form
    # CLDR names the forms; a catalog of ours holds "one" first where a language has it, "other" last.
    return lambda n: 0 if rule(n) == "one" or language != "en" else 1
