"""Python's garbage collector, told what will stay."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

OFTEN: Final = (10_000, 20, 20)


@contextmanager
def calm_collector() -> Iterator[None]:
    """What starting has built stays until the end: walking through it again and again took a tenth of each step."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*OFTEN)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
