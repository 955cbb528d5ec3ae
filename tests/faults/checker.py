"""What must be true afterwards, read from the database itself."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from models import MODEL_MODULES, attachment, clock, draft
from models.access import Access
from models.attachment import Attachment
from models.contact import Contact, Trace
from models.db import connection, open_database
from models.draft import Draft
from models.errors import DomainError
from models.house import house
from models.inbox import Inbox, Served
from models.message import Message
from models.outbox import Outbox
from models.receipt import Identity
from models.sealed_files import decrypt, gathered
from models.terms import RingPurpose, Side
from models.thread import Thread
from models.tip import Tip
from tests.faults.desk import QUESTION
from tests.faults.reaper import Ledger
from tests.faults.template import move_in

LARGE = 10 * 1024 * 1024
LATER = timedelta(days=8)


@dataclass
class Findings:
    """What is wrong, sorted by kind. Empty when every promise was kept."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def compare(self, what: str, expected: list[str], found: list[str]) -> None:
        """Every one once, in order."""
        wanted, got = Counter(expected), Counter(found)
        self.lost += [f"{what}: {one}" for one in (wanted - got).elements()]
        self.doubled += [f"{what}: {one}" for one in (got - wanted).elements()]
        if wanted == got and expected != found:
            self.other.append(f"{what}: out of order")


async def check(order: dict[str, Any]) -> None:
    """The job: compares the database with what the residents did, and writes `report.json`."""
    folder = Path(order["folder"])
    facts = json.loads((folder / "facts.json").read_text())
    findings = Findings()
    async with await open_database(order["url"], modules=MODEL_MODULES) as database:
        move_in(folder)
        if database.path:
            [row] = await connection().execute_query_dict("PRAGMA integrity_check")
            findings.compare("database", ["ok"], list(row.values()))
        await _intake(facts, findings)
        for resident in facts["residents"]:
            await _resident(resident, findings)
        await _wholes(facts, folder, findings)
        await _leftovers(folder, findings)
    (folder / "report.json").write_text(json.dumps(vars(findings)))


async def _intake(facts: dict[str, Any], findings: Findings) -> None:
    """Every update that Telegram was allowed to forget is here, served, and its words are gone."""
    rows = {row.update_id: row for row in await Inbox.all()}
    for update_id in facts["acknowledged"]:
        row = rows.get(update_id)
        if row is None:
            findings.lost.append(f"acknowledged update {update_id}")
        elif row.state is not Served.DONE or row.body is not None:
            findings.other.append(f"update {update_id} is {row.state}, tried {row.tries} times")
    if waiting := await Outbox.all().count():
        findings.other.append(f"{waiting} answers are still in the outbox")


async def _resident(told: dict[str, Any], findings: Findings) -> None:
    if "chat" in told:
        await _chat(told, findings)
    findings.other += told.get("wrong", [])
    try:
        thread = await Thread.open(told["code"], who="checker")
    except DomainError as problem:
        findings.lost.append(f"tip with a receipt ({problem.key})")
        return
    parts = await thread.story()
    findings.compare("story", told["told"], [part["text"] for part in parts if "text" in part])
    lines = await thread.heard()
    findings.compare("addition", told["added"], [line.text for line in lines if line.side is Side.REPORTER])
    findings.compare("reply", [QUESTION], [line.text for line in lines if line.side is Side.DESK])
    files = [UUID(hex=part["file"]) for part in parts if "file" in part]
    findings.compare("file", told["files"], [await _digest(one, thread) for one in files])
    later = await Attachment.filter(tip_id=thread.tip_id).exclude(id__in=files).values_list("id", flat=True)
    findings.compare("added file", told.get("added_files", []), [await _digest(one, thread) for one in later])


async def _digest(file: Any, thread: Thread) -> str:
    row = await Attachment.get(id=file, tip_id=thread.tip_id)
    size = row.open_meta(thread.reporter_secret)["size"]
    stored = house().files.open(row.id)
    return sha256(
        await gathered(decrypt(row.open_key(thread.reporter_secret), row.id, size, stored), LARGE)
    ).hexdigest()


async def _chat(told: dict[str, Any], findings: Findings) -> None:
    """Each message was taken by exactly one step, which left exactly one trace; nothing is left in the draft."""
    address = f"telegram:{told['chat']}"
    contact = next((one for one in await Contact.all() if one.address() == address), None)
    if contact is None:
        findings.lost.append("everything a resident said")
        return
    marks = await Trace.filter(contact_id=contact.id, message__in=told["messages"]).values_list("message", flat=True)
    findings.compare("step", sorted(map(str, told["messages"])), sorted(map(str, marks)))
    drafts = [draft.unlock() for draft in await Draft.filter(contact_id=contact.id)]
    if any(draft.telling.parts or draft.adding.parts for draft in drafts):
        findings.other.append("draft: parts are in it that were handed in, or never were")


async def _wholes(facts: dict[str, Any], folder: Path, findings: Findings) -> None:
    people = len(facts["residents"])
    findings.compare("tips", ["tip"] * people, ["tip"] * await Tip.all().count())
    named = sum(resident.get("named", False) for resident in facts["residents"])
    findings.compare("names", ["name"] * named, ["name"] * await Identity.all().count())
    numbers = await Access.filter(purpose=RingPurpose.CASE).order_by("arrived_no").values_list("arrived_no", flat=True)
    findings.compare("numbers", [str(number + 1) for number in range(people)], [str(number) for number in numbers])
    ledger = Ledger.read(folder)
    for tip in {line[1] for line in ledger if line[0] == "replied"}:
        if not await Message.exists(tip_id=UUID(hex=tip), side=Side.DESK):
            findings.lost.append(f"a reply the desk was told is stored, of tip {tip}")
    findings.other += _disorder([line[1:] for line in ledger if line[0] == "said"])


async def _leftovers(folder: Path, findings: Findings) -> None:
    """What death left half done is swept in a few days, and nothing else is."""
    clock.set_source(lambda: datetime.now(UTC) + LATER)
    await draft.sweep()
    await attachment.sweep()
    kept = {row.id.hex for row in await Attachment.exclude(tip_id=None)}
    rows = {row.id.hex for row in await Attachment.all()}
    stored = {path.name for path in (folder / "files").glob("??/??/*")}
    findings.other += [f"a file's row is left behind: {one}" for one in rows - kept]
    findings.other += [f"a file is left behind: {one}" for one in stored - kept]
    findings.lost += [f"a file was swept away: {one}" for one in kept - stored]


def _disorder(said: list[list[str]]) -> list[str]:
    """Answers may come again, but the first time each comes in the order of its step."""
    last: dict[str, str] = {}
    seen: set[str] = set()
    wrong = []
    for contact, key in said:
        if ":" in key and key not in seen:
            if key < last.get(contact, ""):
                wrong.append(f"answer {key} came after {last[contact]}")
            last[contact] = key
            seen.add(key)
    return wrong
