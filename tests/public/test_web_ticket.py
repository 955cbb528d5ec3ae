"""A ticket held out by an officer: one telling on the resident's own phone, linked to the officer by nothing."""

from urllib.parse import urlsplit

from models.ticket import Ticket
from models.tip import Tip
from tests.models.burglar import take
from tests.public.visitor import Visitor


async def scans(visitor: Visitor, village: str = "清水村") -> str:
    ticket = await Ticket.issue(visitor.world.units[village].id)
    await visitor.get(f"/?v={ticket}")
    return ticket


async def tells(visitor: Visitor) -> None:
    village = visitor.world.units["清水村"].id.hex
    for answer in (village, "V01", "village"):
        await visitor.press(answer=answer)
    await visitor.press(text="联络员拿码给我扫的。", do="next")
    await visitor.press(answer="anonymous")
    await visitor.press(do="submit")


async def test_a_ticket_offers_its_village_and_is_used_up_by_the_first_answer(visitor: Visitor) -> None:
    ticket = await scans(visitor)
    visitor.says("清水村")
    await visitor.get(f"/?v={ticket}")  # looking, as a preview does, uses nothing up
    assert await Ticket.look(ticket) == visitor.world.units["清水村"].id
    await visitor.press()
    visitor.says("说的是清水村的事吗？")
    assert await Ticket.look(ticket) is None
    await tells(visitor)
    assert (await Tip.get()).station_id == visitor.world.units["清水村"].id
    for row in await take():
        assert ticket not in str(row.columns)


async def test_the_ticket_goes_no_further_than_the_first_page(visitor: Visitor) -> None:
    ticket = await scans(visitor)
    await visitor.press()
    assert ticket not in visitor.page.html
    assert not urlsplit(visitor.page.path).query


async def test_a_ticket_used_or_too_old_says_so_kindly_and_lets_him_tell(visitor: Visitor) -> None:
    ticket = await scans(visitor)
    page_with_ticket = visitor.beside()
    page_with_ticket.page = visitor.page
    await visitor.press()
    await page_with_ticket.press()  # a double tap, or the same picture on another phone
    page_with_ticket.says("照样可以反映", "请打村名")
    await tells(page_with_ticket)
    await visitor.get(f"/?v={ticket}")
    visitor.says("照样可以反映", "开始反映")
    late = await scans(visitor)
    visitor.world.clock.forward(minutes=31)
    await visitor.press()
    visitor.says("照样可以反映")
    await tells(visitor)
    assert await Tip.all().count() == 2
    assert {tip.station_id for tip in await Tip.all()} == {None}
    await visitor.get(f"/?v={late}")
    visitor.says("照样可以反映")


async def test_a_ticket_survives_the_choice_of_a_language(visitor: Visitor) -> None:
    ticket = await scans(visitor)
    visitor.says(f"/?v={ticket}&amp;lang=en")
    await visitor.get(f"/?v={ticket}&lang=en")
    await visitor.press()
    visitor.says("清水村")


async def test_odd_tickets_are_no_errors(visitor: Visitor) -> None:
    for odd in ("x", "v" * 5000, "清风", "%00", "../.."):
        await visitor.get(f"/?v={odd}")
        assert visitor.page.status == 200
        visitor.says("照样可以反映")


async def test_what_nobody_scanned_is_swept(visitor: Visitor) -> None:
    await scans(visitor)
    assert await Ticket.sweep() == 0
    visitor.world.clock.forward(minutes=30)
    assert await Ticket.sweep() == 1
    assert not await Ticket.exists()
