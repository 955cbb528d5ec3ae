"""After everything is served, residents' words are gone from inbox and outbox."""

import json
from pathlib import Path
from typing import Any

from models import MODEL_MODULES
from models.db import open_database
from models.inbox import Inbox, Served
from models.outbox import Outbox
from tests.faults.template import move_in


async def erased(order: dict[str, Any]) -> None:
    """The job: writes what is still there into `erased.json`. Dead letters keep theirs, locked."""
    folder = Path(order["folder"])
    async with await open_database(order["url"], modules=MODEL_MODULES):
        move_in(folder)
        kept = await Inbox.filter(body__isnull=False).exclude(state=Served.DEAD).count()
        found = [f"{kept} served updates keep their words"] if kept else []
        if left := await Outbox.all().count():
            found.append(f"{left} answers are kept after they were said")
        if await Inbox.filter(state=Served.DEAD).count() != 1:
            found.append("there should be one dead letter")
    (folder / "erased.json").write_text(json.dumps(found))
