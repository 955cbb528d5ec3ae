"""What is kept, for how long and why: the table, the jobs, the manual and the doctor say the same; and it is done."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from app import JOBS
from models import house as houses
from models import leftovers
from models.access import Access, Counter
from models.attachment import Attachment
from models.clock import now
from models.db import transaction
from models.draft import Draft
from models.inbox import Inbox, Served
from models.matter import Matter
from models.proposal import Proposal
from models.receipt import Receipt
from models.retention import RETENTION, Kept, counts, in_words
from models.sealing import Purpose
from models.shred import OUT_OF_SCOPE_KEPT, shred_out_of_scope
from models.staff import Invite
from models.terms import ProposalKind, ProposalState, Role, TipStatus
from models.thread import Thread
from models.tip import Filed, Tip
from tests.world import World

MANUAL = Path(__file__).parents[2] / "docs" / "operations.md"
ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def told_in_the_manual() -> list[tuple[str, ...]]:
    text = MANUAL.read_text()
    table = text[text.index("## What is kept") : text.index("## The demo")]
    return ROW.findall(table)[1:]


def test_the_manual_and_the_code_tell_the_same_table() -> None:
    assert told_in_the_manual() == [
        (kept.data, kept.told, kept.why, f"`{kept.job}`" if kept.job else "–") for kept in RETENTION
    ]


@pytest.mark.parametrize("kept", RETENTION, ids=lambda kept: kept.data)
def test_every_period_has_its_job_and_a_count(kept: Kept) -> None:
    if kept.period is None:
        assert not kept.job
        return
    assert kept.job in {job.name for job in JOBS}
    assert kept.due is not None


def test_every_job_that_forgets_stands_in_the_table() -> None:
    forgets = {job.name for job in JOBS if job.name.split("-")[0] in {"sweep", "forget", "shred"}}
    assert forgets == {kept.job for kept in RETENTION if kept.job}


@pytest.mark.parametrize(
    ("period", "words"),
    [(timedelta(hours=72), "72 hours"), (timedelta(days=30), "30 days"), (timedelta(minutes=15), "15 minutes")],
)
def test_periods_in_words(period: timedelta, words: str) -> None:
    assert in_words(period) == words


async def test_the_counts_see_what_is_due_and_nothing_before(world: World) -> None:
    draft = Draft.blank(None)
    draft.telling.add_text("没交的话")
    await draft.keep()
    due = {kept.data: count for kept, count in await counts()}
    assert not any(due.values())
    world.clock.forward(days=3, minutes=1)
    due = {kept.data: count for kept, count in await counts()}
    assert due["drafts of tips, chat and forms"] == 1


async def out_of_scope(world: World, words: str = "邻居的宅基地官司") -> Filed:
    filed = await world.file_tip(words)
    matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
    await matter.mark_out_of_scope(guidance="请找法院。")
    return filed


async def test_a_tip_out_of_scope_is_shredded_thirty_days_after_the_notice_and_its_number_is_not_reused(
    world: World,
) -> None:
    world.clock.forward(days=5)
    filed = await out_of_scope(world)
    other = await world.file_tip()
    world.clock.forward(days=OUT_OF_SCOPE_KEPT.days)
    assert await shred_out_of_scope() == 0
    world.clock.forward(days=1)
    assert await shred_out_of_scope() == 1
    assert not await Tip.exists(id=filed.tip_id)
    assert not await Access.exists(tip_id=filed.tip_id)
    assert not await Receipt.exists(tip_id=filed.tip_id)
    assert not await Attachment.exists(tip_id=filed.tip_id)
    assert await Tip.exists(id=other.tip_id)
    assert (await Counter.get(unit_id=world.units["石桥镇"].id, series="case")).value == 2


async def test_who_speaks_again_is_not_shredded_before_he_was_answered(world: World) -> None:
    filed = await out_of_scope(world)
    world.clock.forward(days=20)
    thread = await Thread.open(str(filed.code), who="x")
    telling = Draft.blank(None).telling
    telling.add_text("我不同意，这是村干部批的。")
    await thread.add(telling)
    world.clock.forward(days=20)
    assert await shred_out_of_scope() == 0
    world.clock.forward(days=20)
    assert await shred_out_of_scope() == 1


async def test_matters_in_hand_and_ended_ones_are_never_shredded_by_themselves(world: World) -> None:
    filed = await world.file_tip()
    matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
    await matter.accept(summary="摘要")
    await matter.conclude(answer="办完了。")
    await world.file_tip()
    world.clock.forward(days=4000)
    assert await shred_out_of_scope() == 0
    assert (await Tip.get(id=filed.tip_id)).status is TipStatus.CONCLUDED


async def test_invitations_dead_updates_and_proposals_that_came_to_nothing_go(world: World) -> None:
    county, head = world.units["云岭县"].id, world.staff["xianshuji"].id
    await Invite.issue(unit_id=county, role=Role.HANDLER, by=head)
    async with transaction():
        for state in (ProposalState.DECLINED, ProposalState.EXPIRED, ProposalState.APPROVED):
            await Proposal.create(
                kind=ProposalKind.RESET, object_id=head, unit_id=county, from_unit_id=county, by_id=head, state=state,
                made_at=now(), expires_at=now() + timedelta(days=3),
            )  # fmt: skip
        body = houses.house().keys.transit.lock(b"{}", Purpose.INBOX, head)
        await Inbox.create(update_id=7, state=Served.DEAD, body=body, at=now())
    assert await leftovers.sweep() == 0
    world.clock.forward(days=8)
    assert await leftovers.sweep() == 2
    assert not await Invite.filter(expires_at__lte=now()).exists()
    assert (await Inbox.get(update_id=7)).body is None
    world.clock.forward(days=30)
    await leftovers.sweep()
    assert [proposal.state for proposal in await Proposal.all()] == [ProposalState.APPROVED]
