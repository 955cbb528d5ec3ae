"""What people type survives as they typed it, without what only harms."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.text import clean, folded

RARE = ("𠮷田", "㛃", "\U00030ede", "䶮", "𬭎", "﨑", "〇", "㐂")
"""Characters of real names: outside the basic plane, in extensions A to G, in the compatibility block."""
HARMFUL = "\x00\x01\x08\x0b\x0c\r\x1b\x1f\x7f\x80\x85\x9f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"


@pytest.mark.parametrize("name", RARE)
def test_rare_surnames_stay_as_typed(name: str) -> None:
    assert clean(f"反映{name}的问题") == f"反映{name}的问题"


def test_controls_and_bidirectional_overrides_go_and_the_words_stay() -> None:
    for character in HARMFUL:
        assert clean(f"前{character}后") == "前后", hex(ord(character))
    assert clean("a\ud800b\udfffc") == "abc"
    assert clean("支书\u202e元001\u202c") == "支书元001"


def test_line_breaks_tabs_and_emoji_stay() -> None:
    assert clean(" 一\r\n二\n\n三\t四 \n") == "一\n二\n\n三\t四"
    family = "👨‍👩‍👧‍👦"
    assert clean(family) == family
    assert clean("é") == "é"


@settings(max_examples=500)
@given(text=st.text(st.characters(codec=None), max_size=200))
def test_cleaning_is_done_once_and_for_all(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not set(once) & set(HARMFUL)
    once.encode()  # stores anywhere


@given(text=st.text(st.characters(codec=None), max_size=50))
def test_what_is_left_is_in_the_order_in_which_it_was_typed(text: str) -> None:
    kept = [c for c in unicodedata.normalize("NFD", clean(text)) if not c.isspace()]
    typed = [c for c in unicodedata.normalize("NFD", text) if c not in HARMFUL and not c.isspace()]
    typed = [c for c in typed if not "\ud800" <= c <= "\udfff"]
    assert sorted(kept) == sorted(c for c in typed if unicodedata.category(c) != "Cc")


def test_folding_is_for_looking_up_only() -> None:
    assert folded(" Ｑing　Shui ") == "qingshui"
    assert folded("清 水 村") == "清水村"
