"""A county in the middle of its work: tips with all that can hang on them, and everything a thief would like."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models import clock
from models.actor import Actor
from models.attachment import Attachment
from models.contact import Contact
from models.db import transaction
from models.draft import Draft, Telling
from models.inbox import Inbox
from models.matter import Matter
from models.message import Ping
from models.outbox import Lane, Outbox, Say
from models.proposal import approve
from models.sealed_files import once
from models.stepup import Proof
from models.terms import Channel, Concerns, Language, Topic
from models.thread import Thread
from models.tip import Filed, Tip
from tests.world import World

STORY = "粮仓的租金进了谁的口袋，𠮷支书心里有数。"
ADDED = "补充一句：合同在会计的抽屉里。"
REPLY = "请问是哪一年的合同？"
NOTE = "内部：先不要惊动会计。"
SUMMARY = "反映粮仓出租未公开。"
NAME = "欧阳㛃"
FILE = "租约：粮仓一间，年租八百元。\n".encode() * 100
WORDS = (STORY, ADDED, REPLY, NOTE, SUMMARY, NAME)


@dataclass
class Scene:
    """One tip with everything, and the keys that the right people have."""

    filed: Filed
    tip_secret: bytes = field(repr=False)
    reporter_secret: bytes = field(repr=False)
    contact: Contact

    @property
    def tip_id(self) -> UUID:
        return self.filed.tip_id


async def approved(actor: Actor, proposal_id: UUID) -> Any:
    """Approve as somebody who has proved himself a moment ago."""
    return await approve(actor, proposal_id, proof=Proof(actor.id, clock.now()))


async def send_file(draft: Draft) -> Attachment:
    """A resident sent a file, and the job fetched it."""
    file = await stored_wish(draft.id)
    await file.receive(once(FILE))
    return file


async def stored_wish(draft_id: UUID) -> Attachment:
    async with transaction():
        return await Attachment.want(draft_id, kind="photo", source={"file_id": "abc"}, name="租约.jpg")


async def resident(number: int = 1) -> tuple[Contact, Draft]:
    """Somebody whom the chat knows."""
    contact = Contact.new(f"telegram:{number}", Language.ZH_CN)
    draft = Draft.blank(contact.id)
    draft.lock_changes()
    async with transaction():
        await contact.save(force_create=True)
        await draft.save(force_create=True)
    return contact, draft


def telling(world: World, *words: str, village: str = "清水村", concerns: Concerns = Concerns.VILLAGE) -> Telling:
    """A whole anonymous tip, not handed in."""
    told = Telling(place=world.units[village].id.hex, topic=Topic.SUBSIDIES, concerns=concerns, naming="anonymous")
    for one in words or (STORY,):
        told.add_text(one)
    return told


def named(told: Telling) -> Telling:
    """The same with a name on it."""
    told.naming, told.name, told.reach = "named", NAME, "傍晚打电话"
    return told


async def full_tip(
    world: World,
    *,
    desk: str = "shouli",
    village: str = "清水村",
    concerns: Concerns = Concerns.VILLAGE,
    number: int = 1,
) -> Scene:
    """A named tip with a file, registered, summarised, noted, answered, added to, and pinged."""
    contact, draft = await resident(number)
    told = named(telling(world, STORY, village=village, concerns=concerns))
    file = await send_file(draft)
    told.add_file(file.id, "photo")
    filed = await Tip.file(told, channel=Channel.CHAT, draft_id=draft.id)
    actor = await world.actor(desk)
    matter = await Matter.open(actor, filed.tip_id)
    await matter.read()
    await matter.register()
    await matter.summarise(SUMMARY)
    await matter.note(NOTE)
    await matter.reply(REPLY, asks=True)
    world.clock.forward(seconds=31)
    thread = await Thread.open(str(filed.code), who=contact.id.hex)
    addition = Telling()
    addition.add_text(ADDED)
    await thread.add(addition)
    await Ping.on(filed.tip_id, contact.id)
    return Scene(filed, matter._secret, thread.reporter_secret, contact)


async def busy_doors(number: int = 77) -> None:
    """What lies under the transit key while the house works: an update, a draft, a wish for a file, an answer."""
    contact, draft = await resident(number)
    draft.telling.add_text("还没说完的话")
    draft.lock_changes()
    async with transaction():
        await draft.save()
        await Outbox.put([(contact.id, Say("talk.hello"))], lane=Lane.INTERACTIVE)
    await stored_wish(draft.id)
    await Inbox.store([(number, json.dumps({"message": {"text": "刚说的话"}}).encode())])
