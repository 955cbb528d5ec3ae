"""The directory of public keys: each is MACed under the key file, and checked before anything is sealed to it."""

from uuid import UUID

from models.errors import Corrupt
from models.house import house
from models.sealing import Refused, check_directory_mac, directory_mac


def attest(owner: UUID, purpose: str, version: int, public: bytes) -> bytes:
    """The MAC that enters a public key into the directory."""
    return directory_mac(house().keys.directory, owner=owner, purpose=purpose, version=version, public=public)


def check(owner: UUID, purpose: str, version: int, public: bytes, mac: bytes) -> bytes:
    """The public key, once its MAC holds. Corrupt when somebody exchanged it in the database."""
    try:
        check_directory_mac(house().keys.directory, mac, owner=owner, purpose=purpose, version=version, public=public)
    except Refused:
        raise Corrupt from None
    return public
