"""Receipt codes: forgiving of how they are written, strict about what they say."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import base32
from models.codes import Code
from models.sealing import new_secret

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PEPPER = bytes(range(32))
codes = st.binary(min_size=10, max_size=10).map(Code)


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else "\u3000" for sign in text)


@settings(deadline=None)
@given(code=codes)
def test_a_printed_code_reads_back(code: Code) -> None:
    assert [len(group) for group in str(code).split("-")] == [4, 4, 4, 5]
    assert Code.parse(str(code)) == code


@settings(deadline=None)
@given(
    code=codes,
    before=st.sampled_from(
        ["", "查询码：", "码 ", "「", "my code is ", "https://x.test/c#", "https://t.me/qf_bot?start=c_"]
    ),
    after=st.sampled_from(["", "。", "\n", "」请抄下", " thanks", "!"]),
    joint=st.sampled_from(["-", " ", "", "－", "—", "–", " - ", "\u3000", "_", "·"]),
    style=st.sampled_from([str, str.lower, str.upper, full_width]),
    eye=st.sampled_from([{}, {"0": "O"}, {"1": "I"}, {"1": "l"}, {"V": "U"}, {"0": "o"}]),
)
def test_case_width_dashes_look_alikes_and_words_around_do_not_matter(
    code: Code, before: str, after: str, joint: str, style: object, eye: dict[str, str | int | None]
) -> None:
    assert callable(style)
    written = str(code).replace("-", joint).translate(str.maketrans(eye))
    assert Code.parse(before + style(written) + after) == code


@settings(deadline=None)
@given(code=codes, place=st.integers(0, 16), symbol=st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_always_noticed(code: Code, place: int, symbol: str) -> None:
    symbols = str(code).replace("-", "")
    wrong = symbols[:place] + symbol + symbols[place + 1 :]
    assert Code.parse(wrong) == (code if wrong == symbols else None)


@settings(deadline=None)
@given(code=codes, one=st.integers(0, 16), other=st.integers(0, 16))
def test_two_exchanged_symbols_are_always_noticed(code: Code, one: int, other: int) -> None:
    symbols = list(str(code).replace("-", ""))
    symbols[one], symbols[other] = symbols[other], symbols[one]
    wrong = "".join(symbols)
    assert Code.parse(wrong) == (code if wrong == str(code).replace("-", "") else None)


@settings(deadline=None)
@given(code=codes, size=st.integers(0, 16))
def test_a_part_of_a_code_is_none(code: Code, size: int) -> None:
    assert Code.parse(str(code).replace("-", "")[:size]) is None


@settings(deadline=None)
@given(text=st.text(max_size=80))
def test_any_text_is_read_without_an_accident(text: str) -> None:
    found = Code.parse(text)
    assert found is None or Code.parse(str(found)) == found


def test_two_codes_in_one_text_are_not_guessed_between() -> None:
    one, other = Code.new(), Code.new()
    assert Code.parse(f"{one} {other}") is None
    assert Code.parse(f"{one}\n{one}") == one


def test_a_long_text_costs_little() -> None:
    assert Code.parse("A " * 20_000) is None


def test_a_code_does_not_show_itself() -> None:
    code = Code.new()
    assert str(code) not in repr(code)
    assert code.bits.hex() not in repr(code)
    assert repr(code.bits) not in repr(code)


def test_the_same_form_gives_the_same_code_and_another_form_another() -> None:
    secret = new_secret()
    assert Code.from_secret(secret) == Code.from_secret(secret) != Code.from_secret(new_secret())


def test_tag_and_key_need_the_pepper_and_differ() -> None:
    code = Code.new()
    values = {code.tag(PEPPER), code.key(PEPPER), code.tag(new_secret()), code.key(new_secret())}
    assert len(values) == 4
    assert {len(value) for value in values} == {32}


def test_a_code_has_80_bits() -> None:
    with pytest.raises(ValueError, match="80"):
        Code(b"123456789")


def test_a_line_belongs_to_its_place() -> None:
    line = base32.to_line(bytes(10), 3)
    assert base32.from_text(line, 3) == bytes(10)
    assert all(base32.from_text(line, place) is None for place in range(32) if place != 3)


def test_invariant_12_a_receipt_given_out_by_version_1_still_works() -> None:
    answer = json.loads((Path(__file__).parent / "known_answers" / "receipt.json").read_text())
    code = Code.parse(answer["code"])
    assert code is not None
    pepper = bytes.fromhex(answer["pepper"])
    assert (code.tag(pepper).hex(), code.key(pepper).hex()) == (answer["tag"], answer["key"])
    secret = bytes.fromhex(answer["form_secret"])
    assert str(Code.from_secret(secret)) == answer["code_of_form"]


def test_full_width_is_what_the_keyboard_makes() -> None:
    assert unicodedata.normalize("NFKC", full_width("7K4M-")) == "7K4M-"
