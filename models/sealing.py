"""The only place where cryptographic primitives meet: secrets, envelopes, key pairs, tags.

Every secret is 32 random bytes. Keys for a given use are derived from it by HKDF-Expand (RFC 5869),
so one secret may lock, name itself and be a key pair without one use weakening another.

An envelope is ``version 01 | algorithm | key id (16) | body``:

* algorithm 1 locks with a secret both sides hold: AES-256-GCM, body = nonce (12) + ciphertext + tag (16);
* algorithm 2 seals to a public key: HPKE (RFC 9180) over ML-KEM-768 and X25519 together, body = 1,120 bytes
  of encapsulation + ciphertext + tag. It names nobody as its author: anyone who holds the public key
  can make one, so code that reads algorithm 2 must not take its words for an office's.

The 18 bytes in front, the purpose and the row's id are bound into both. An envelope that was flipped, cut,
moved to another row or used for something else is `Refused`. The key id is derived from the secret and
checked before opening; since AES-GCM by itself would let one ciphertext open under two keys, this is also
what ties an envelope to one key. No function here tries several keys.
"""

import hashlib
import hmac
import os
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

VERSION: Final = 1
LOCKED: Final = 1
SEALED: Final = 2

SECRET_BYTES: Final = 32
KEY_ID_BYTES: Final = 16
PUBLIC_BYTES: Final = 1216

_HEADER_BYTES: Final = 2 + KEY_ID_BYTES
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_HASH_BYTES: Final = 32
_MLKEM_SEED_BYTES: Final = 64
_MLKEM_PUBLIC_BYTES: Final = 1184
_ENCAPSULATION_BYTES: Final = 1120
_MOST_KEPT: Final = 64
_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)

# Read out over a telephone or from a screen across a room: none of 0O 1IL 2Z 5S 8B U.
_FINGERPRINT_ALPHABET: Final = "34679ACDEFGHJKMNPQRTVWXY"
_FINGERPRINT_SYMBOLS: Final = 12


_kept: dict[bytes, tuple[bytes, AESGCM]] = {}


class Refused(Exception):
    """An envelope, public key or directory entry was not what it had to be. Carries no content."""


# ruff: noqa: S105 - these name what is locked, none is a password
class Purpose(StrEnum):
    """What an envelope is for.

    The words are stored inside envelopes: a member may be renamed, its value never, nor used twice.
    """

    # keys of people and units
    STAFF_SECRET = "staff secret"  # under the password key
    SESSION = "session"  # the staff secret, under the session secret
    TOTP = "totp"
    RING_SECRET = "ring secret"  # a grant: sealed to a staff key
    RING_RECOVERY = "ring recovery"  # sealed to the recovery key
    RING_PREVIOUS = "ring previous"  # locked under the ring's newer version
    RECOVERY = "recovery"
    BACKUP = "backup"
    # keys of tips, clues and files
    TIP_SECRET = "tip secret"
    CLUE_SECRET = "clue secret"
    RECEIPT = "receipt"  # R under the receipt key
    FILE_KEY = "file key"
    FILE_META = "file meta"
    # what the reporter may read: under R
    NARRATIVE = "narrative"
    MESSAGE = "message"
    PROTECTION = "protection"  # sealed to R's public key; the office's policy shows it to heads only
    PROTECTION_ANSWER = "protection answer"
    # what only the office may read: under T
    SUMMARY = "summary"
    NOTE = "note"
    NAMES = "names"
    SUBJECT = "subject"
    WORK_FILE = "work file"
    LIFTED = "lifted"  # the units it was sealed upward from
    # who the reporter is
    IDENTITY_OUTER = "identity outer"
    IDENTITY_INNER = "identity inner"
    REVEAL = "reveal"  # sealed to the staff key of the one who asked, for minutes
    REASON = "reason"  # why something was proposed: for those who decide
    # what the process itself may read: under the transit key
    INBOX = "inbox"
    DRAFT = "draft"
    OUTBOX = "outbox"
    CHAT = "chat"
    CONTACT = "contact"
    REACHED = "reached"  # which chat is behind a post
    PING = "ping"
    KEPT = "kept words"  # of a form whose session had ended
    PASSAGE = "passage"  # what was chosen in the chat, on its way to the page
    OFFICER = "officer"  # which chat is an officer's
    THREAD = "thread"
    MATERIAL = "material"  # the key of a file that goes along with a broadcast


def new_secret() -> bytes:
    """32 bytes from the operating system's random source."""
    return os.urandom(SECRET_BYTES)


def derive(secret: bytes, label: str, length: int = SECRET_BYTES) -> bytes:
    """A key for one use: HKDF-Expand with SHA-256 (RFC 5869) over ``qf1/label``.

    Written out in HMAC, for every key here takes this path. `secret` is 32 uniform bytes, so the extract
    step is not needed. `length` is in bytes, 1 to 8,160.

    Raises:
        ValueError: the secret is not 32 bytes, or the length is out of range.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError("a secret is 32 bytes")
    blocks = -(-length // _HASH_BYTES)
    if not 1 <= blocks <= 255:  # noqa: PLR2004 - the block counter is one byte
        raise ValueError("derived length out of range")
    info = b"qf1/" + label.encode()
    stream = block = b""
    for counter in range(1, blocks + 1):
        block = hmac.digest(secret, block + info + bytes([counter]), "sha256")
        stream += block
    return stream[:length]


def key_id(secret: bytes) -> bytes:
    """The 16-byte name of a secret in algorithm 1 envelopes. Tells nothing about the secret."""
    kept = _kept.get(secret)
    return kept[0] if kept else derive(secret, "id", KEY_ID_BYTES)


def public_id(public: bytes) -> bytes:
    """The 16-byte name of a public key in algorithm 2 envelopes."""
    return hashlib.sha256(b"qf1/public" + public).digest()[:KEY_ID_BYTES]


def named_key(envelope: bytes) -> bytes:
    """The key id an envelope claims, for choosing among keys one holds. Nothing is verified yet.

    Raises:
        Refused: too short to name a key.
    """
    if len(envelope) < _HEADER_BYTES:
        raise Refused
    return bytes(envelope[2:_HEADER_BYTES])


def lock(secret: bytes, plaintext: bytes, purpose: Purpose, row: UUID) -> bytes:
    """Algorithm 1: lock for whoever holds `secret`. Adds 46 bytes."""
    name, aead = _kept.get(secret) or _derived(secret)
    header = bytes((VERSION, LOCKED)) + name
    nonce = os.urandom(_NONCE_BYTES)
    return header + nonce + aead.encrypt(nonce, plaintext, _binding(header, purpose, row))


def unlock(secret: bytes, envelope: bytes, purpose: Purpose, row: UUID) -> bytes:
    """Open algorithm 1 only.

    Raises:
        Refused: any other algorithm, key, purpose or row, or a changed byte.
    """
    name, aead = _kept.get(secret) or _derived(secret)
    header = _checked_header(envelope, LOCKED, name, _NONCE_BYTES + _TAG_BYTES)
    body = envelope[_HEADER_BYTES:]
    try:
        return aead.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], _binding(header, purpose, row))
    except InvalidTag:
        raise Refused from None


def keep(secret: bytes) -> None:
    """Keep what `lock` and `unlock` derive from this secret: four fifths of their work, six times a step.

    For the key file's secrets only, which lie in memory as long as the process runs. What opens in a request
    (staff, rings, T, R) must not outlive it.
    """
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[secret] = _derived(secret)


def public_of(secret: bytes) -> bytes:
    """The 1,216-byte public half of a secret: ML-KEM-768 (1,184), then X25519 (32)."""
    return _public_bytes(*_private_halves(secret))


def seal(public: bytes, plaintext: bytes, purpose: Purpose, row: UUID) -> bytes:
    """Algorithm 2: seal to a public key. Adds 1,154 bytes.

    Check the key's directory entry first: this function cannot know whose key it is.

    Raises:
        Refused: `public` is not a key.
    """
    header = bytes((VERSION, SEALED)) + public_id(public)
    key = _public_key(public)
    try:
        # A low-order X25519 point is found only here.
        return header + _SUITE.encrypt(plaintext, key, info=_binding(header, purpose, row))
    except ValueError:
        raise Refused from None


def unseal(secret: bytes, envelope: bytes, purpose: Purpose, row: UUID) -> bytes:
    """Open algorithm 2 only.

    Raises:
        Refused: any other algorithm, key, purpose or row, or a changed byte.
    """
    return KeyPair(secret).unseal(envelope, purpose, row)


class KeyPair:
    """The key pair of one secret, for whoever opens many envelopes in one request: growing it costs two thirds."""

    __slots__ = ("_id", "_private")

    def __init__(self, secret: bytes) -> None:
        mlkem, x25519 = _private_halves(secret)
        self._id = public_id(_public_bytes(mlkem, x25519))
        self._private = MLKEM768X25519PrivateKey(mlkem, x25519)

    def unseal(self, envelope: bytes, purpose: Purpose, row: UUID) -> bytes:
        """As the function.

        Raises:
            Refused: as the function.
        """
        header = _checked_header(envelope, SEALED, self._id, _ENCAPSULATION_BYTES + _TAG_BYTES)
        try:
            return _SUITE.decrypt(envelope[_HEADER_BYTES:], self._private, info=_binding(header, purpose, row))
        except (InvalidTag, ValueError):
            raise Refused from None


def open_any(secret: bytes, envelope: bytes, purpose: Purpose, row: UUID) -> bytes:
    """Open an envelope of either algorithm, for threads that both the desk and the reporter write.

    Raises:
        Refused: as `unlock` and `unseal`.
    """
    if is_sealed(envelope):
        return unseal(secret, envelope, purpose, row)
    return unlock(secret, envelope, purpose, row)


def is_sealed(envelope: bytes) -> bool:
    """Whether an envelope claims algorithm 2, whose author may be anyone."""
    return envelope[:2] == bytes((VERSION, SEALED))


def fingerprint(public: bytes) -> str:
    """Twelve symbols for two people to compare aloud, such as ``7KRM-Q4XD-9ETA``. About 15 ms: one per page.

    55 bits alone could be met by a made-up key within a year on one graphics card (the X25519 half can be
    varied cheaply), so each guess is made to cost a scrypt over 4 MiB.
    """
    digest = hashlib.scrypt(public, salt=b"qf1/fingerprint", n=2**12, r=8, p=1, dklen=32)
    number = int.from_bytes(digest, "big")
    symbols = ""
    for _ in range(_FINGERPRINT_SYMBOLS):
        number, place = divmod(number, len(_FINGERPRINT_ALPHABET))
        symbols += _FINGERPRINT_ALPHABET[place]
    return f"{symbols[:4]}-{symbols[4:8]}-{symbols[8:]}"


def directory_mac(directory_key: bytes, *, owner: UUID, purpose: str, version: int, public: bytes) -> bytes:
    """32 bytes saying that this public key belongs to this owner, in this role, at this version.

    Whoever can write the database but lacks the key file cannot put his own key in another's place.
    """
    return lookup_tag(directory_key, "directory", owner.bytes, purpose, version.to_bytes(8, "big"), public)


def check_directory_mac(
    directory_key: bytes, mac: bytes, *, owner: UUID, purpose: str, version: int, public: bytes
) -> None:
    """Do this before every `seal`. Takes constant time.

    Raises:
        Refused: the entry was not made by us.
    """
    made = directory_mac(directory_key, owner=owner, purpose=purpose, version=version, public=public)
    if not hmac.compare_digest(made, mac):
        raise Refused


def lookup_tag(key: bytes, *parts: str | bytes) -> bytes:
    """A 32-byte HMAC over the parts, each with its length: finds a row without storing what it is about."""
    framed = b"".join(_framed(part.encode() if isinstance(part, str) else part) for part in parts)
    return hmac.digest(key, framed, "sha256")


def _derived(secret: bytes) -> tuple[bytes, AESGCM]:
    return derive(secret, "id", KEY_ID_BYTES), AESGCM(derive(secret, "aead"))


def _binding(header: bytes, purpose: Purpose, row: UUID) -> bytes:
    return header + _framed(purpose.value.encode()) + _framed(row.bytes)


def _framed(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


def _checked_header(envelope: bytes, algorithm: int, expected_id: bytes, least: int) -> bytes:
    header = bytes((VERSION, algorithm)) + expected_id
    long_enough = len(envelope) >= _HEADER_BYTES + least
    if not (long_enough and hmac.compare_digest(envelope[:_HEADER_BYTES], header)):
        raise Refused
    return header


def _private_halves(secret: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    # The library cannot store the hybrid key itself, so it grows from the secret each time.
    seed = derive(secret, "kem", _MLKEM_SEED_BYTES + SECRET_BYTES)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(seed[:_MLKEM_SEED_BYTES])
    return mlkem, X25519PrivateKey.from_private_bytes(seed[_MLKEM_SEED_BYTES:])


def _public_bytes(mlkem: MLKEM768PrivateKey, x25519: X25519PrivateKey) -> bytes:
    return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


@lru_cache(maxsize=256)
def _public_key(public: bytes) -> MLKEM768X25519PublicKey:
    if len(public) != PUBLIC_BYTES:
        raise Refused
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_BYTES])
        x25519 = X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC_BYTES:])
    except ValueError:
        raise Refused from None
    return MLKEM768X25519PublicKey(mlkem, x25519)
