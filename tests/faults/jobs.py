"""What a child may be told to do."""

from collections.abc import Callable, Coroutine
from typing import Any

from tests.faults.checker import check
from tests.faults.erased import erased
from tests.faults.parts import part
from tests.faults.serving import serve
from tests.faults.template import found

JOBS: dict[str, Callable[[dict[str, Any]], Coroutine[Any, Any, None]]] = {
    "found": found,
    "serve": serve,
    "check": check,
    "erased": erased,
    "part": part,
}
