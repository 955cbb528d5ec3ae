"""Every word shown to people is in three catalogs, in careful words; every key in the code is one of them."""

import ast
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

import locales
from bot import render
from bot.dialogue.matter import OFFERED
from bot.dialogue.review import EDITABLE
from bot.heard import FILE, PHOTO, VIDEO, VOICE
from bot.render import MOST
from bot.runner import COMMANDS
from models import terms
from models.attachment import FileState
from models.audit import Act
from models.deadline import Lateness, Rule
from models.event import Happening
from models.matter import MAX_WORDS
from models.outbox import Say

ROOT = Path(locales.__file__).parent.parent
Catalogs = Mapping[str, Mapping[str, tuple[str, ...]]]
Sources = Mapping[str, str]

ENUMS: tuple[type[StrEnum], ...] = (
    *(kind for kind in vars(terms).values() if isinstance(kind, type) and issubclass(kind, StrEnum) and len(kind)),
    Happening,
    Act,
    Rule,
    Lateness,
    FileState,
)
BUILT = {
    "menu.command.*": COMMANDS,
    "edit.*": (*EDITABLE, "back"),
    "naming.*": ("anonymous", "named", "name", "reach"),
    "count.*": ("text", PHOTO, VOICE, VIDEO, FILE),
    "unreadable.*": ("sticker", "location", "contact", "poll", "other"),
    **{f"term.{kind.__name__}.*": tuple(kind) for kind in ENUMS},
}
"""Keys the code puts together from a value, and the values. Others it puts together must match some key."""
BUILT_KEYS = frozenset(pattern.replace("*", value) for pattern, values in BUILT.items() for value in values)

CARELESS = {
    "zh_CN": ("违法者", "罪犯", "黑名单", "嫌疑人", "犯罪"),
    "zh_Hant": ("違法者", "罪犯", "黑名單", "嫌疑人", "犯罪"),
    "en": ("criminal", "offender", "suspect", "blacklist", "culprit", "guilty"),
}
HAN = re.compile(r"[\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
CHINESE = re.compile(r"[\u2e80-\u2fdf\u3001-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
OTHER_SCRIPT = {
    ("zh_CN", "term.Language.zh_Hant"): "a language is called by its own name, whatever the catalog",
    ("zh_Hant", "term.Language.zh_CN"): "the same",
    ("en", "term.Language.zh_CN"): "the same",
    ("en", "term.Language.zh_Hant"): "the same",
    ("en", "panel.units.office_help"): "an example of how an office signs, which it does in Chinese",
}
SPEAKS_CHINESE = (
    ("bot/simulator/*", ".*", "the other side of the phone: a test person's own words"),
    ("models/demo*.py", ".*", "the fictitious county, its people and what they say"),
    ("models/migrations/*", ".*", "generated; descriptions of columns"),
    (
        "models/deadline.py",
        "《.+》第.+条(；期限是本站服务目标)?|本站服务目标",
        "the source of a limit is quoted as the rule is titled",
    ),
    ("models/matter.py", "〔|〕|号", "an official number is written so in every language"),
    ("models/finding.py", r"\(.+村委会.+", "endings of place names that a search leaves off"),
    ("models/structure.py", "[，、；;,/]+", "what people type between old names"),
    ("models/base32.py", "一", "what a Chinese keyboard puts for a dash in a code"),
)
"""Literals in Chinese that are no words of ours to anybody: file, the whole literal, why."""

UNSAID: dict[str, str] = {}
"""Words that wait for the code to say them."""

HALF = 24
WIDTHS = {
    **dict.fromkeys(("review.submit", "review.edit", "review.care", "review.care_on", "review.wipe"), 36),
    **dict.fromkeys(("place.yes", "place.other", "place.unknown"), 12),
    **{f"term.Language.{language}": 12 for language in terms.Language},
}
"""Columns of a button's label on a small phone: HALF where two stand in a row, else as here."""

KEY = re.compile(r"[a-z_]+(\.\w+)+")
PATTERN = re.compile(r"[a-z_]+\.[\w.*]*\*[\w.*]*")
FILE_NAME = re.compile(r".+\.(html|css|js|svg|png|jpg|po|txt|json|db)")
SPEAKERS = {"say": 0, "Say": 0, "Choice": 0, "choice": 2, "lasting": 1, "t": 1, "_page": 2, "_words": 2, "refuse": 0}
BUTTONS = {"Choice", "choice", "lasting"}
ERRORS = {"DomainError", "Invalid", "NotFound", "Forbidden", "Conflict", "Throttled", "NotOpen", "Corrupt"}


@dataclass(frozen=True, slots=True)
class Use:
    """A key in the code. With `*` it is a pattern; `given` are the parameters named beside it, if one can tell."""

    key: str
    where: str
    given: frozenset[str] | None = None
    button: bool = False


# What is there.


@cache
def catalogs() -> Catalogs:
    return {language: locales.catalog(language) for language in locales.LANGUAGES}


def po_texts() -> Sources:
    return {str(path.relative_to(locales.ROOT)): path.read_text() for path in sorted(locales.ROOT.glob("*/*.po"))}


@cache
def sources() -> Sources:
    """Code, templates and scripts by path."""
    paths = [ROOT / "app.py"]
    for folder in ("admin", "bot", "cli", "models"):
        paths += [path for kind in ("py", "html", "js") for path in sorted((ROOT / folder).rglob(f"*.{kind}"))]
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


# Checks. Each takes what it looks at and answers with the faults it found.


def keys_that_differ(told: Catalogs) -> list[str]:
    source = set(told[locales.DEFAULT])
    return [f"{language}: {key}" for language, words in told.items() for key in sorted(source ^ set(words))]


def keys_said_twice(texts: Sources) -> list[str]:
    """Within a language a later file would silently win."""
    seen: dict[tuple[str, str], str] = {}
    faults = []
    for path, text in texts.items():
        for key in re.findall(r'^msgid "(.+)"$', text, re.MULTILINE):
            place = (path.split("/", maxsplit=1)[0], key)
            if place in seen:
                faults.append(f"{key}: {seen[place]} and {path}")
            seen[place] = path
    return faults


def plurals_amiss(texts: Sources) -> list[str]:
    """English has two forms wherever it counts; Chinese has one. Headers name the language of the folder."""
    faults = []
    for path, text in texts.items():
        language = path.split("/", maxsplit=1)[0]
        catalog = read_po(BytesIO(text.encode()), abort_invalid=True)
        if str(catalog.locale_identifier) != language or catalog.num_plurals != (2 if language == "en" else 1):
            faults.append(f"{path}: header")
        for message in catalog:
            forms = message.string if isinstance(message.string, tuple) else (message.string or "",)
            counts = any("{n}" in form for form in forms)
            if message.id and (message.fuzzy or len(forms) != (2 if language == "en" and counts else 1)):
                faults.append(f"{path}: {message.id}")
            if isinstance(message.id, (list, tuple)) and len(set(message.id)) != 1:
                faults.append(f"{path}: msgid_plural repeats the key: {message.id}")
    return faults


def words_missing(told: Catalogs) -> list[str]:
    return [f"{language}: {key}" for language, key, form in _forms(told) if not form.strip()]


def placeholders(form: str) -> frozenset[str]:
    """Names in braces. ValueError for braces that do not close, for positions, formats and attributes."""
    found = set()
    for _, name, spec, conversion in Formatter().parse(form):
        if name is not None:
            if not name.isidentifier() or spec or conversion:
                raise ValueError(name)
            found.add(name)
    return frozenset(found)


def placeholders_that_differ(told: Catalogs) -> list[str]:
    faults = []
    for language, key, form in _forms(told):
        try:
            source = placeholders(told[locales.DEFAULT].get(key, (form,))[0])
            if placeholders(form) != source:
                faults.append(f"{language}: {key}: {form}")
        except ValueError:
            faults.append(f"{language}: {key}: {form}")
    return faults


def careless_words(told: Catalogs) -> list[str]:
    return [
        f"{language}: {key}: {word}"
        for language, key, form in _forms(told)
        for word in CARELESS[language]
        if word in form.casefold()
    ]


def other_scripts(told: Catalogs) -> list[str]:
    """Simplified characters are not in Big5, traditional ones not in GB 2312; English has neither."""
    codec = {"zh_CN": "gb2312", "zh_Hant": "big5", "en": "ascii"}
    faults = []
    for language, key, form in _forms(told):
        if (language, key) not in OTHER_SCRIPT and (strange := _strange(form, codec[language])):
            faults.append(f"{language}: {key}: {strange}")
    return faults


def languages_misnamed(told: Catalogs) -> list[str]:
    """Each catalog names its own language after a change, and all of them by their own names."""
    faults = []
    for language, words in told.items():
        own = told[locales.DEFAULT][f"term.Language.{language}"][0]
        if own not in words["language.done"][0]:
            faults.append(f"{language}: language.done")
        faults += [f"{language}: {key}" for key in words if _is_misnamed(told, language, key)]
    return faults


def labels_too_long(told: Catalogs, labels: Iterable[str]) -> list[str]:
    wanted = set(labels)
    return [
        f"{language}: {key}: {form}"
        for language, key, form in _forms(told)
        if key in wanted and "{" not in form and _columns(form) > WIDTHS.get(key, HALF)
    ]


def messages_too_long(told: Catalogs, keys: Iterable[str]) -> list[str]:
    """With everything filled in, a message of the bot is sent whole."""
    wanted = set(keys)
    faults = []
    for language, key, form in _forms(told):
        if key in wanted:
            samples = _samples(form)
            filled = form.format_map(samples) if samples else form
            if len(filled) > MOST or "{" in filled or "}" in filled:
                faults.append(f"{language}: {key}: {len(filled)}")
    return faults


def unknown_keys(uses: Iterable[Use], keys: Iterable[str]) -> list[str]:
    known = set(keys)
    lost = (use for use in uses if use.key not in known and not any(fnmatchcase(key, use.key) for key in known))
    faults = {f"{use.where}: {use.key}" for use in lost}
    return sorted(faults | {f"built: {key}" for key in BUILT_KEYS - known})


def unused_keys(uses: Iterable[Use], keys: Iterable[str]) -> list[str]:
    """Words that nobody says, and terms that no enumeration has."""
    told = {use.key for use in uses} - set(BUILT) | BUILT_KEYS
    return [key for key in keys if key not in told and not any(fnmatchcase(key, one) for one in told if "*" in one)]


def unfilled(uses: Iterable[Use], words: Mapping[str, tuple[str, ...]]) -> list[str]:
    """A placeholder for which the place that names the key gives nothing."""
    return [
        f"{use.where}: {use.key} needs {', '.join(sorted(missing))}"
        for use in uses
        if use.given is not None and use.key in words and (missing := placeholders(words[use.key][0]) - use.given)
    ]


def chinese_in_code(told: Sources) -> list[str]:
    """Words for people live in the catalogs. Docstrings and comments are for us."""
    faults = []
    for path, source in told.items():
        for line, literal in _literals(path, source):
            if CHINESE.search(literal) and not _may_speak_chinese(path, literal):
                faults.append(f"{path}:{line}: {literal.strip()[:40]}")
    return faults


# What the checks stand on.


def _forms(told: Catalogs) -> Iterator[tuple[str, str, str]]:
    return ((language, key, form) for language, words in told.items() for key, forms in words.items() for form in forms)


def _strange(form: str, codec: str) -> str:
    return "".join(sign for sign in HAN.findall(form) if not sign.encode(codec, "ignore"))


def _is_misnamed(told: Catalogs, language: str, key: str) -> bool:
    return key.startswith("term.Language.") and told[language][key] != told[locales.DEFAULT].get(key)


def _columns(label: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in label)


def _samples(form: str) -> dict[str, Any]:
    """The longest that can come."""
    known = {"text": "字" * MAX_WORDS, "day": "November 30"}
    numbers = ("n", "minutes", "most", "left", "month")
    return {name: known.get(name, 20_000 if name in numbers else "样" * 200) for name in placeholders(form)}


def _may_speak_chinese(path: str, literal: str) -> bool:
    return any(
        fnmatchcase(path, file) and re.fullmatch(allowed, literal, re.DOTALL) for file, allowed, _ in SPEAKS_CHINESE
    )


def _literals(path: str, source: str) -> Iterator[tuple[int, str]]:
    """Strings of code without docstrings, all that a template shows, a script without its comments."""
    if path.endswith(".py"):
        tree = ast.parse(source)
        documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
                yield node.lineno, node.value
    elif path.endswith(".html"):
        template = Environment(autoescape=True).parse(source)
        yield from ((shown.lineno, shown.data) for shown in template.find_all(nodes.TemplateData))
        yield from ((const.lineno, str(const.value)) for const in template.find_all(nodes.Const))
    else:
        bare = re.sub(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", "", source, flags=re.DOTALL)
        yield from enumerate(bare.splitlines(), 1)


def uses_in(told: Sources, keys: Iterable[str]) -> list[Use]:
    """Every key named in code and templates: where one speaks, and wherever a literal looks like one of ours."""
    rooms = {key.partition(".")[0] for key in keys}
    found: list[Use] = []
    for path, source in told.items():
        if path.endswith(".py"):
            found += _uses_in_code(path, source)
        elif path.endswith(".html"):
            found += _uses_in_template(path, source)
    return [use for use in found if use.given is not None or use.button or use.key.partition(".")[0] in rooms]


def _uses_in_code(path: str, source: str) -> Iterator[Use]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from _spoken(path, node)
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            inner = {str(name.value): value for name, value in pairs if isinstance(name, ast.Constant)}
            yield from (Use(key, f"{path}:{node.lineno}", frozenset(inner)) for key in _keys(inner.get("t")))
        elif isinstance(node, (ast.Constant, ast.JoinedStr)):
            yield from (Use(key, f"{path}:{node.lineno}") for key in _keys(node))


def _spoken(path: str, call: ast.Call) -> Iterator[Use]:
    """Say("key"), Invalid("key"), choice(turn, data, "key") and their like, with the parameters beside them."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    place = 0 if name in ERRORS else SPEAKERS.get(name)
    if place is None or not call.args:
        return
    first = call.args[min(place, len(call.args) - 1)]
    if name == "t" and list(_keys(call.args[0])):
        first = call.args[0]
    for key in _keys(first):
        yield Use(key, f"{path}:{call.lineno}", _given(name, call), button=name in BUTTONS)


def _given(name: str, call: ast.Call) -> frozenset[str] | None:
    beside = {keyword.arg: keyword.value for keyword in call.keywords}
    if None in beside or name == "Choice":
        return None
    if name not in {"say", "Say"}:
        return frozenset(filter(None, beside)) | ({"minutes"} if name == "Throttled" else frozenset())
    params = beside.get("params")
    if params is None:
        return frozenset()
    if not isinstance(params, ast.Dict) or None in params.keys:
        return None
    return frozenset(str(key.value) for key in params.keys if isinstance(key, ast.Constant))


def _keys(node: ast.expr | None) -> Iterator[str]:
    """The keys an expression may be. What is filled in at run time becomes *."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            yield from _keys(body)
            yield from _keys(orelse)
        case ast.Constant(value=str(text)) if _looks_like_key(text):
            yield text
        case ast.JoinedStr(values=values):
            text = "".join(str(value.value) if isinstance(value, ast.Constant) else "*" for value in values)
            if _looks_like_key(text):
                yield text


def _uses_in_template(path: str, source: str) -> Iterator[Use]:
    tree = Environment(autoescape=True).parse(source)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "t" and call.args:
            given = None if call.dyn_kwargs else frozenset(keyword.key for keyword in call.kwargs)
            yield from (Use(key, f"{path}:{call.lineno}", given) for key in _template_keys(call.args[0]))
    for const in tree.find_all(nodes.Const):
        yield from (Use(key, f"{path}:{const.lineno}") for key in _template_keys(const))


def _template_keys(node: nodes.Node) -> list[str]:
    if isinstance(node, nodes.CondExpr):
        return [key for one in (node.expr1, node.expr2) if one for key in _template_keys(one)]
    text = _template_text(node)
    return [text] if _looks_like_key(text) else []


def _template_text(node: nodes.Node) -> str:
    if isinstance(node, nodes.Concat):
        return "".join(_template_text(one) for one in node.nodes)
    if isinstance(node, nodes.Add):
        return _template_text(node.left) + _template_text(node.right)
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else "*"


def _looks_like_key(text: str) -> bool:
    """A text that ends in _ is the beginning of a key, joined elsewhere."""
    shaped = KEY.fullmatch(text) or PATTERN.fullmatch(text)
    return bool(shaped and not text.endswith("_") and not FILE_NAME.fullmatch(text))


@cache
def uses() -> tuple[Use, ...]:
    ours = {path: text for path, text in sources().items() if not path.startswith("bot/simulator/")}
    return tuple(uses_in(ours, catalogs()[locales.DEFAULT]))


def labels() -> set[str]:
    """Keys on the bot's buttons. Of the topics, those it offers."""
    offered = {**BUILT, "term.Topic.*": OFFERED}
    told = {use.key for use in uses() if use.button}
    return {one.replace("*", value) for one in told for value in offered.get(one, ("",))}


def bot_keys() -> list[str]:
    return re.findall(r'^msgid "(.+)"$', po_texts()["zh_CN/bot.po"], re.MULTILINE)


def speaking() -> Sources:
    """Where Chinese literals would be words to people."""
    return {path: text for path, text in sources().items() if path.startswith(("admin/", "bot/", "models/"))}


# The catalogs and the code as they are.


def test_every_key_is_in_all_three_catalogs() -> None:
    assert keys_that_differ(catalogs()) == []
    assert keys_said_twice(po_texts()) == []


def test_plural_forms_parse_and_english_counts_with_two() -> None:
    assert plurals_amiss(po_texts()) == []
    assert [locales.t("en", "count.photo", n=n) for n in (1, 2)] == ["1 photo", "2 photos"]


def test_no_sentence_is_empty_and_all_ask_for_the_same_parameters() -> None:
    assert words_missing(catalogs()) == []
    assert placeholders_that_differ(catalogs()) == []


def test_words_are_careful_and_in_their_own_script() -> None:
    assert careless_words(catalogs()) == []
    assert other_scripts(catalogs()) == []
    assert languages_misnamed(catalogs()) == []


def test_buttons_and_messages_fit_a_phone() -> None:
    assert len(labels()) > 60
    assert labels_too_long(catalogs(), labels()) == []
    assert messages_too_long(catalogs(), bot_keys()) == []


@pytest.mark.parametrize("language", locales.LANGUAGES)
def test_the_bot_sends_every_message_whole(language: str) -> None:
    for key in bot_keys():
        form = catalogs()[language][key][-1]
        samples = _samples(form)
        assert render.words(Say(key, samples), language) == (form.format_map(samples) if samples else form)


def test_every_key_in_the_code_has_words_and_gets_what_they_need() -> None:
    assert len(uses()) > 300
    assert unknown_keys(uses(), catalogs()[locales.DEFAULT]) == []
    assert unfilled(uses(), catalogs()[locales.DEFAULT]) == []


def test_no_words_are_left_that_nobody_says() -> None:
    assert unused_keys(uses(), catalogs()[locales.DEFAULT]) == list(UNSAID)


def test_code_and_templates_speak_no_chinese_themselves() -> None:
    assert chinese_in_code(speaking()) == []


def test_every_exception_is_still_needed() -> None:
    literals = [(path, text) for path, source in speaking().items() for _, text in _literals(path, source)]
    chinese = [(path, text) for path, text in literals if CHINESE.search(text)]
    assert [
        file
        for file, allowed, _ in SPEAKS_CHINESE
        if not any(fnmatchcase(path, file) and re.fullmatch(allowed, text, re.DOTALL) for path, text in chinese)
    ] == []
    assert [place for place in OTHER_SCRIPT if not HAN.search(catalogs()[place[0]][place[1]][0])] == []


# Each check goes red on a planted fault.


def planted(language: str, key: str, *forms: str) -> Catalogs:
    """Our catalogs with one sentence changed."""
    return {**catalogs(), language: {**catalogs()[language], key: forms}}


PO = 'msgid ""\nmsgstr ""\n"Language: {0}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n{1}\n'
TWO = '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
WORDS = {"menu.back": ("返回",), "story.too_long": ("{most}{left}",), "edit.ask": ("改？",), "edit.place": ("地方",)}


@pytest.mark.parametrize(
    "faults",
    [
        lambda: keys_that_differ(planted("en", "menu.new", "New")),
        lambda: keys_that_differ(planted("zh_CN", "menu.new", "新")),
        lambda: keys_said_twice({"en/a.po": PO.format("en", 'msgid "a.b"'), "en/b.po": PO.format("en", 'msgid "a.b"')}),
        lambda: keys_said_twice({"en/a.po": 'msgid "a.b"\nmsgstr "B"\n\nmsgid "a.b"\nmsgstr "C"\n'}),
        lambda: plurals_amiss({"en/a.po": PO.format("en", TWO + '\nmsgid "a.b"\nmsgstr "{n} photos"')}),
        lambda: plurals_amiss({"en/a.po": PO.format("en", '"Plural-Forms: nplurals=1; plural=0;\\n"')}),
        lambda: plurals_amiss({"en/a.po": PO.format("zh_CN", "")}),
        lambda: plurals_amiss({"en/a.po": PO.format("en", TWO + '\n#, fuzzy\nmsgid "a.b"\nmsgstr "B"')}),
        lambda: plurals_amiss(
            {"en/a.po": PO.format("en", TWO + '\nmsgid "a.b"\nmsgid_plural "a.c"\nmsgstr[0] "{n}"\nmsgstr[1] "{n}"')}
        ),
        lambda: words_missing(planted("en", "menu.back", "")),
        lambda: words_missing(planted("en", "count.photo", "{n} photo", "")),
        lambda: placeholders_that_differ(planted("en", "place.is_it", "Is it about {place}?")),
        lambda: placeholders_that_differ(planted("zh_Hant", "place.is_it", "說的是這個村的事嗎？")),
        lambda: placeholders_that_differ(planted("en", "place.is_it", "Is it about {village?")),
        lambda: placeholders_that_differ(planted("en", "place.is_it", "Is it about {village!r}?")),
        lambda: placeholders_that_differ(planted("en", "place.is_it", "Is it about {}?")),
        lambda: placeholders_that_differ(planted("en", "count.photo", "one photo", "{n} photos")),
        lambda: careless_words(planted("zh_CN", "topic.ask", "犯罪的是谁？")),
        lambda: careless_words(planted("zh_Hant", "topic.ask", "列入黑名單")),
        lambda: careless_words(planted("en", "topic.ask", "Who are the Suspects?")),
        lambda: other_scripts(planted("zh_Hant", "menu.back", "查进度")),
        lambda: other_scripts(planted("zh_CN", "menu.back", "查進度")),
        lambda: other_scripts(planted("en", "menu.back", "返回")),
        lambda: languages_misnamed(planted("zh_Hant", "language.done", "好，以後用简体中文。")),
        lambda: languages_misnamed(planted("en", "term.Language.zh_CN", "Simplified Chinese")),
        lambda: labels_too_long(planted("en", "menu.offices", "Make a phone call or visit us"), labels()),
        lambda: labels_too_long(planted("zh_CN", "place.yes", "是的就是这个村"), labels()),
        lambda: labels_too_long(planted("zh_CN", "edit.story", "我想改的是前面所说的内容本身"), labels()),
        lambda: messages_too_long(planted("en", "start.who", "long " * 900), ["start.who"]),
        lambda: messages_too_long(planted("en", "track.line", "{text}" + "long " * 30), ["track.line"]),
        lambda: unknown_keys([], set(catalogs()["en"]) - {"term.Topic.V07"}),
        lambda: unused_keys([], [*BUILT_KEYS, "term.Topic.V77"]),
        lambda: unused_keys([Use("panel.ask.*_label", "")], ["panel.ask.when"]),
        *(
            lambda path=path, code=code: unknown_keys(uses_in({path: code}, WORDS), [*WORDS, *BUILT_KEYS])
            for path, code in (
                ("bot/a.py", 'turn.say("mneu.back")'),
                ("bot/a.py", 'turn.say("menu.back" if yes else "menu.forth")'),
                ("bot/a.py", 'rows(choice(turn, "wipe", "edti.wipe"))'),
                ("bot/a.py", 'rows(lasting("start", f"meun.{name}"))'),
                ("bot/a.py", 'key = "menu.forth"'),
                ("bot/a.py", 't(language, f"menu.{name}_label")'),
                ("bot/a.py", 'Choice("recept.copy", copy=code)'),
                ("models/a.py", 'raise Invalid("stroy.empty")'),
                ("models/a.py", 'raise NotOpen("tpi.closed", question=question)'),
                ("models/a.py", 'Gate(message="menu.throttled")'),
                ("models/a.py", 'return {"t": "roete.superior"}'),
                ("admin/a.html", "{{ t('menu.forth') }}"),
                ("admin/a.html", '{{ t("meun." ~ name) }}'),
                ("admin/a.html", '{{ t("story." ~ name ~ "_label") }}'),
                ("admin/a.html", '{{ field("menu.forth") }}'),
            )
        ),
        *(
            lambda path=path, code=code: unfilled(uses_in({path: code}, WORDS), WORDS)
            for path, code in (
                ("models/a.py", 'raise Invalid("story.too_long", most=3)'),
                ("bot/a.py", 'turn.say("story.too_long")'),
                ("bot/a.py", 'turn.say("story.too_long", params={"most": 3})'),
                ("bot/a.py", 'choice(turn, "a", "story.too_long", most=3)'),
                ("bot/a.py", 'rendered({"t": "story.too_long", "left": 3})'),
                ("admin/a.html", "{{ t('story.too_long', most=3) }}"),
            )
        ),
        *(
            lambda path=path, code=code: chinese_in_code({path: code})
            for path, code in (
                ("bot/a.py", 'turn.say("返回")'),
                ("bot/a.py", 'word = f"{name}、"'),
                ("models/matter.py", 'number = "第三号"'),
                ("admin/a.html", "<p>返回</p>"),
                ("admin/a.html", "{{ '返回' }}"),
                ("admin/static/a.js", 'say("返回") // 返回'),
            )
        ),
    ],
)
def test_each_check_finds_a_planted_fault(faults: Callable[[], list[str]]) -> None:
    assert faults() != []


def test_checks_pass_what_is_right() -> None:
    code = {
        "bot/a.py": '"""返回"""\n# 返回\nturn.say("menu.back")\nturn.say("story.too_long", params=params)\n'
        'raise Invalid("story.too_long", most=3, left=4, more=5)\nchoice(turn, q, f"edit.{q}")\nopen("menu.html")\n',
        "admin/a.html": "{# 返回 #}{{ t('menu.back') }}{{ t('edit.' ~ name) }}{{ t(key, **params) }}",
        "admin/a.js": "// 返回\n/* 返回 */",
    }
    found = uses_in(code, WORDS)
    assert {use.key for use in found} == {"menu.back", "story.too_long", "edit.*"}
    assert (unknown_keys(found, [*WORDS, *BUILT_KEYS]), unfilled(found, WORDS), chinese_in_code(code)) == ([], [], [])
