"""Templates compiled once in a process, however many sites it opens: a test opens one, hundreds of times."""

from types import CodeType
from typing import Final

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

_CODE: Final[dict[tuple[str, str], CodeType]] = {}


class Compiled(BytecodeCache):
    """In memory, found by the template's file and what stands in it."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was compiled before, if the source is still the same."""
        bucket.code = _CODE.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next site."""
        if bucket.code:
            _CODE[bucket.key, bucket.checksum] = bucket.code
