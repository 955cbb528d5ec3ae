"""`POST /report`: the questions of a tip, one page each. Every page is the answer to a form; no address tells a secret.

A form names the question it answers, so whatever page somebody goes back to, its answer finds its place.
"""

from aiohttp import web

from admin.public.answers import asked_next
from admin.public.config import CONFIG
from admin.public.door import address_of
from admin.public.pages import page
from admin.public.screens import Shown, show
from admin.public.steps import step
from admin.public.views.receipt import already_page, receipt_page
from admin.public.visit import Visit, station_in
from models.db import DatabaseBusy
from models.draft import Draft
from models.errors import Forbidden, Gone, Invalid, NotOpen
from models.house import house
from models.offices import is_open
from models.passage import Passage
from models.terms import Channel, TipEntry
from models.ticket import Ticket
from models.tip import Filed, Tip
from models.unit import steady_tree, tree


async def report(request: web.Request) -> web.Response:
    """Take what the form says, and show what comes next."""
    visit = await Visit.arrive(request)
    try:
        async with steady_tree():
            return await _answer(visit)
    finally:
        await visit.posted.give_back()  # files that found no place


async def lost_form(request: web.Request) -> web.Response:
    """A browser that opens the address again has no form to show: the first page is the way in."""
    raise web.HTTPSeeOther(request.app.router["front"].url_for())


async def _answer(visit: Visit) -> web.Response:
    if not await is_open():
        raise NotOpen("door.not_open_yet")
    if visit.posted.secret and (filed := await Filed.known(visit.telling)):
        return await already_page(visit, filed)
    if house().tip_entry is TipEntry.CHAT:
        raise Forbidden("public.chat_only")
    visit.begin()
    notice = await _note_station(visit) or await _cross_over(visit)
    try:
        if visit.act[0] == "submit" and visit.telling.place:
            return await _submit(visit)
        if visit.act[0] == "wiped":
            return await _wipe(visit)
        shown = await step(visit)
    except NotOpen:
        return await _refuse(visit)
    shown.untaken, shown.notice = visit.posted.untaken, shown.notice or notice
    problem = shown.problem
    try:
        if visit.telling.begun:
            await visit.draft.keep()
    except Gone:
        return await _overtaken(visit)
    except DatabaseBusy:
        problem = Invalid("error.busy")
    shown.problem = problem
    return await show(visit, shown)


async def _note_station(visit: Visit) -> str:
    """From a poster, or from a ticket, which this uses up. Answers what there is to be said about it."""
    ticket = visit.posted.text("v")
    station = await Ticket.use(ticket) if ticket else station_in(await tree(), visit.posted.text("s"))
    if station:
        visit.draft.talk["station"] = station.hex
    return "ticket.expired" if ticket and not station else ""


async def _cross_over(visit: Visit) -> str:
    """What was chosen in the chat need not be chosen again. Answers what there is to be said about it."""
    ticket = visit.posted.text("c")
    if not ticket or visit.telling.place:
        return ""
    chosen = await Passage.go(ticket)
    if chosen is None:
        return "passage.expired"
    visit.telling.place, visit.telling.topic, visit.telling.concerns = chosen.place, chosen.topic, chosen.concerns
    if chosen.station:
        visit.draft.talk["station"] = chosen.station
    return ""


async def _submit(visit: Visit) -> web.Response:
    """Hand it in. Done twice, it is done once."""
    config, draft = visit.request.app[CONFIG], visit.draft
    station = station_in(await tree(), draft.talk.get("station", ""))
    try:
        filed = await Tip.file(
            visit.telling,
            channel=Channel.WEB,
            draft_id=draft.id,
            station_id=station,
            quarantined=config.gate.is_flood(address_of(visit.request), visit.told_in),
            form=draft,
        )
    except Gone:
        return await _overtaken(visit)
    except (Invalid, DatabaseBusy) as problem:
        shown = problem if isinstance(problem, Invalid) else Invalid("error.busy")
        return await show(visit, Shown(asked_next(visit.telling), shown))
    return receipt_page(visit, filed)


async def _overtaken(visit: Visit) -> web.Response:
    """Another page of this form was quicker. What is there by now is shown, with what was just written."""
    if filed := await Filed.known(visit.telling):
        return await already_page(visit, filed)
    now = await Draft.of_form(visit.secret)
    if not now.telling.place:  # deleted there, and the files with it
        await visit.let_go()
    visit.draft = now
    shown = await step(visit)
    shown.untaken, shown.problem = visit.posted.untaken, shown.problem or (None if shown.notice else Gone())
    if visit.telling.begun:
        await visit.draft.keep()
    return await show(visit, shown)


async def _wipe(visit: Visit) -> web.Response:
    for file in visit.telling.files():
        await visit.take_down(visit.telling, file.hex)
    await visit.draft.drop()
    return page(visit.request, "done.html", key="talk.wiped")


async def _refuse(visit: Visit) -> web.Response:
    """Nobody here may take it: nothing is stored, and the superior organ's addresses are shown."""
    for file in visit.telling.files():
        await visit.take_down(visit.telling, file.hex)
    await visit.draft.drop()
    return page(visit.request, "nobody.html", superior=(await tree()).superior())
