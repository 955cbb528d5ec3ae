"""Envelopes: what opens, and all that must not."""

import base64
import json
from itertools import combinations, product
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given, settings
from hypothesis import strategies as st

from models import sealing
from models.sealing import Purpose, Refused

KNOWN = json.loads((Path(__file__).parent / "known_answers" / "envelopes.json").read_text())
ROW = UUID("6f0e1a52-8d0b-4f5c-9f0a-3c1d2e4b5a69")


def envelopes(secret: bytes, plaintext: bytes) -> list[bytes]:
    return [
        sealing.lock(secret, plaintext, Purpose.NOTE, ROW),
        sealing.seal(sealing.public_of(secret), plaintext, Purpose.NOTE, ROW),
    ]


def refused(secret: bytes, envelope: bytes, purpose: Purpose = Purpose.NOTE, row: UUID = ROW) -> bool:
    """Whether every way of opening refuses, and says nothing while doing so."""
    for way in (sealing.unlock, sealing.unseal, sealing.open_any):
        with pytest.raises(Refused) as caught:
            way(secret, envelope, purpose, row)
        assert not caught.value.args
        assert caught.value.__cause__ is None
    return True


@pytest.mark.parametrize("algorithm", [1, 2])
def test_invariant_1_any_flipped_cut_or_extended_envelope_is_refused(algorithm: int) -> None:
    secret = sealing.new_secret()
    envelope = envelopes(secret, b"a word")[algorithm - 1]
    for place in range(len(envelope)):
        for bit in (0x01, 0x80):
            flipped = bytearray(envelope)
            flipped[place] ^= bit
            with pytest.raises(Refused):
                sealing.open_any(secret, bytes(flipped), Purpose.NOTE, ROW)
        with pytest.raises(Refused):
            sealing.open_any(secret, envelope[:place], Purpose.NOTE, ROW)
    assert refused(secret, envelope + b"\0")
    assert refused(secret, b"\0" + envelope)
    assert refused(secret, b"")


@pytest.mark.parametrize("algorithm", [1, 2])
def test_invariant_1_an_envelope_opens_for_its_own_row_and_purpose_only(algorithm: int) -> None:
    secret = sealing.new_secret()
    public = sealing.public_of(secret)
    rows = [ROW, UUID(int=ROW.int ^ 1)]
    places = list(product(Purpose, rows))
    for purpose, row in places:
        envelope = (
            sealing.lock(secret, b"x", purpose, row) if algorithm == 1 else sealing.seal(public, b"x", purpose, row)
        )
        for other in places:
            if other != (purpose, row):
                with pytest.raises(Refused):
                    sealing.open_any(secret, envelope, *other)
        assert sealing.open_any(secret, envelope, purpose, row) == b"x"


def test_invariant_1_each_algorithm_opens_by_its_own_function_only() -> None:
    secret = sealing.new_secret()
    locked, sealed = envelopes(secret, b"x")
    with pytest.raises(Refused):
        sealing.unseal(secret, locked, Purpose.NOTE, ROW)
    with pytest.raises(Refused):
        sealing.unlock(secret, sealed, Purpose.NOTE, ROW)
    # Relabelled with the other algorithm's number.
    for envelope, number in ((locked, 2), (sealed, 1)):
        assert refused(secret, envelope[:1] + bytes([number]) + envelope[2:])


def test_invariant_1_another_secret_opens_nothing_even_under_a_forged_key_id() -> None:
    secret, other = sealing.new_secret(), sealing.new_secret()
    locked, sealed = envelopes(secret, b"x")
    assert refused(other, locked)
    assert refused(other, sealed)
    assert refused(other, locked[:2] + sealing.key_id(other) + locked[18:])
    assert refused(other, sealed[:2] + sealing.public_id(sealing.public_of(other)) + sealed[18:])


@settings(deadline=None)
@given(plaintext=st.binary(max_size=5000))
def test_what_is_locked_or_sealed_comes_back_whole(plaintext: bytes) -> None:
    secret = sealing.new_secret()
    for envelope in envelopes(secret, plaintext):
        assert sealing.open_any(secret, envelope, Purpose.NOTE, ROW) == plaintext


def test_equal_words_never_make_equal_envelopes() -> None:
    secret = sealing.new_secret()
    locked = {sealing.lock(secret, b"x", Purpose.NOTE, ROW)[18:30] for _ in range(1000)}
    assert len(locked) == 1000


def test_sizes_are_as_documented() -> None:
    secret = sealing.new_secret()
    locked, sealed = envelopes(secret, sealing.new_secret())
    assert (len(locked), len(sealed)) == (32 + 46, 32 + 1154)
    assert len(sealing.public_of(secret)) == sealing.PUBLIC_BYTES
    assert sealing.named_key(locked) == sealing.key_id(secret)
    assert (sealing.is_sealed(locked), sealing.is_sealed(sealed)) == (False, True)


@pytest.mark.parametrize("length", [1, 16, 32, 33, 96, 8160])
def test_derive_is_hkdf_expand_of_rfc_5869(length: int) -> None:
    secret = sealing.new_secret()
    expected = HKDFExpand(SHA256(), length, b"qf1/kem").derive(secret)
    assert sealing.derive(secret, "kem", length) == expected


def test_derive_takes_whole_secrets_and_sane_lengths_only() -> None:
    for secret, length in (
        (b"short", 32),
        (bytes(31), 32),
        (bytes(33), 32),
        (bytes(32), 0),
        (bytes(32), 8161),
    ):
        with pytest.raises(ValueError, match=r"derive|secret"):
            sealing.derive(secret, "x", length)


def test_malformed_public_keys_are_refused_before_anything_is_sealed() -> None:
    public = sealing.public_of(sealing.new_secret())
    # The last one has a low-order X25519 point: everybody would know the shared secret.
    for bad in (b"", public[:-1], public + b"\0", b"\xff" * 1216, public[:1184] + bytes(32)):
        with pytest.raises(Refused):
            sealing.seal(bad, b"x", Purpose.NOTE, ROW)


def test_invariant_5_a_swapped_directory_entry_is_refused() -> None:
    key, owner, public = sealing.new_secret(), uuid4(), sealing.public_of(sealing.new_secret())
    true = {"owner": owner, "purpose": "case", "version": 3, "public": public}
    mac = sealing.directory_mac(key, **true)  # type: ignore[arg-type]
    sealing.check_directory_mac(key, mac, **true)  # type: ignore[arg-type]
    swaps = (
        {"owner": uuid4()},
        {"purpose": "custody"},
        {"version": 2},
        {"public": sealing.public_of(sealing.new_secret())},
    )
    for swap in swaps:
        with pytest.raises(Refused):
            sealing.check_directory_mac(key, mac, **(true | swap))  # type: ignore[arg-type]
    for forged in (b"", mac[:-1], bytes(32)):
        with pytest.raises(Refused):
            sealing.check_directory_mac(key, forged, **true)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        sealing.check_directory_mac(sealing.new_secret(), mac, **true)  # type: ignore[arg-type]


@settings(deadline=None)
@given(parts=st.lists(st.lists(st.binary(max_size=3), max_size=3), min_size=2, max_size=4))
def test_lookup_tags_do_not_run_their_parts_together(parts: list[list[bytes]]) -> None:
    key = bytes(32)
    for one, other in combinations(parts, 2):
        assert (sealing.lookup_tag(key, *one) == sealing.lookup_tag(key, *other)) == (one == other)


def test_fingerprints_have_twelve_symbols_that_cannot_be_mistaken() -> None:
    seen = [sealing.fingerprint(sealing.public_of(sealing.new_secret())) for _ in range(20)]
    assert len(set(seen)) == 20
    for fingerprint in seen:
        assert [len(group) for group in fingerprint.split("-")] == [4, 4, 4]
        assert not set("0O1IL2Z5S8BU") & set(fingerprint)


def test_purposes_are_told_apart_by_their_stored_words() -> None:
    words = [purpose.value for purpose in Purpose]
    assert len(words) == len(set(words)) == len(Purpose.__members__)


@pytest.mark.parametrize("answer", KNOWN["envelopes"], ids=lambda answer: f"algorithm {answer['algorithm']}")
def test_invariant_12_envelopes_stored_by_version_1_still_open(answer: dict[str, str]) -> None:
    opened = sealing.open_any(
        bytes.fromhex(answer["secret"]),
        base64.b64decode(answer["envelope"]),
        Purpose(answer["purpose"]),
        UUID(answer["row"]),
    )
    assert opened.decode() == answer["plaintext"]


def test_invariant_12_names_tags_and_fingerprints_stay_what_they_were() -> None:
    derived = KNOWN["derived"]
    secret = bytes.fromhex(derived["secret"])
    public = sealing.public_of(secret)
    mac = sealing.directory_mac(secret, owner=ROW, purpose="case", version=3, public=public)
    assert derived == {
        "secret": secret.hex(),
        "key_id": sealing.key_id(secret).hex(),
        "public_id": sealing.public_id(public).hex(),
        "fingerprint": sealing.fingerprint(public),
        "directory_mac": mac.hex(),
        "lookup_tag": sealing.lookup_tag(secret, "a", b"b").hex(),
    }


def test_invariant_12_no_stored_purpose_was_renamed() -> None:
    assert set(KNOWN["purposes"]) <= {purpose.value for purpose in Purpose}
