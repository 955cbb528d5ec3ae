"""Long after a broadcast nobody can tell who was sent it; how many stays known, also after a restore."""

from pathlib import Path

from models import aftermath, backup, leftovers, rounds
from models.campaign import Campaign
from models.db import open_database
from models.ledger import Acknowledgement, Ledger, Tally, acknowledge, count_known
from models.official import Official, OfficialTag
from models.retention import counts
from models.terms import CampaignState, Category
from tests.databases import REAL
from tests.models.outreach import official, officials, send_all, sending
from tests.models.test_backup import Elsewhere, elsewhere
from tests.world import World

__all__ = ["elsewhere"]


async def over(world: World) -> Campaign:
    """Three were sent it, one acknowledged."""
    contacts = await officials(world, 3)
    campaign = await sending(world)
    await send_all()
    await acknowledge(campaign.id, contacts[0].id)
    await count_known()
    await rounds.move_on()
    await campaign.refresh_from_db()
    assert campaign.state is CampaignState.DONE
    return campaign


async def test_after_ninety_days_the_ledger_and_the_presses_go_and_the_totals_stay(world: World) -> None:
    campaign = await over(world)
    world.clock.forward(days=aftermath.KEPT.days)
    assert await aftermath.forget() == 0
    world.clock.forward(minutes=1)
    due = {kept.data: count for kept, count in await counts()}
    assert due["ledgers: who was sent which broadcast"] == 3
    assert due["presses of the button that says one knows"] == 1
    assert await aftermath.forget() == 4
    assert not await Ledger.exists()
    assert not await Acknowledgement.exists()
    [tally] = await Tally.filter(campaign_id=campaign.id)
    assert (tally.total, tally.sent, tally.known) == (3, 3, 1)
    assert not await acknowledge(campaign.id, campaign.id)


async def test_a_ledger_that_is_still_sent_is_kept_however_old_and_ended_posts_go_after_a_year(world: World) -> None:
    await officials(world, 2, tags=("党员",))
    await sending(world)
    one = await Official.all().first()
    assert one
    await one.end(await world.actor("xianban"))
    world.clock.forward(days=365)
    assert await aftermath.forget() == 0
    world.clock.forward(days=1)
    assert await aftermath.forget() == 1
    assert not await Official.exists(id=one.id)
    assert await OfficialTag.all().count() == 1
    assert await Ledger.all().count() == 2


async def test_an_invitation_of_a_person_in_office_that_nobody_used_loses_its_tag(world: World) -> None:
    actor, unit = await world.actor("xianban"), world.units["清水村"].id
    one, _ = await Official.add(actor, unit_id=unit, name="周会计", post="村会计", category=Category.GRASSROOTS)
    world.clock.forward(days=15)
    assert await leftovers.sweep() == 1
    assert (await Official.get(id=one.id)).invite_tag is None


async def test_after_a_restore_totals_are_there_and_new_people_and_broadcasts_find_their_numbers(
    world: World, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """PostgreSQL's sequences do not notice rows that bring their own numbers."""
    campaign = await over(world)
    await official(world, 8, tags=("党员",))
    await backup.write(tmp_path / "a.qfb")
    async with await open_database(elsewhere.url, modules=REAL.modules):
        await backup.restore(tmp_path / "a.qfb", world.backup, [])
        assert (await Tally.get(campaign_id=campaign.id)).known == 1
        assert not await Official.exclude(reached_id=None).exists()  # chats are not in a backup
        for one in await Official.all():
            await one.end(await world.actor("xianban"))
        again = await sending_to_somebody_new(world)
        assert await send_all() == 1
        assert (await Tally.get(campaign_id=again.id)).sent == 1


async def sending_to_somebody_new(world: World) -> Campaign:
    await official(world, 9, tags=("党员",))
    return await sending(world)
