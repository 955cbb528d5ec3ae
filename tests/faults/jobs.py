"""What a child may be told to do."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.faults.checker import check
from tests.faults.serving import serve
from tests.faults.template import found

JOBS: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {"found": found, "serve": serve, "check": check}
