"""`/track`: the reporter comes with his code, reads, answers, adds. The code travels only in the body of a form."""

import asyncio
from contextlib import suppress

from aiohttp import web

from admin.problems import status_of
from admin.public.config import CONFIG
from admin.public.door import address_of
from admin.public.pages import page
from admin.public.thread_acts import ACTS, keep_typed
from admin.public.thread_page import SMALL_PAGES, small_page, thread_page
from admin.public.visit import Visit
from models.errors import DomainError, Gone, Invalid
from models.sealing import new_secret
from models.thread import Thread
from models.unit import steady_tree


async def door_to_thread(request: web.Request) -> web.Response:
    """`GET /track`: the one question."""
    return _ask(request)


async def track(request: web.Request) -> web.Response:
    """`POST /track`: a code, or something said in a thread that is open."""
    visit = await Visit.arrive(request)
    try:
        async with steady_tree():
            if "code" in visit.posted.fields:
                return await _open(visit)
            return await _go_on(visit)
    finally:
        await visit.posted.give_back()


async def _open(visit: Visit) -> web.Response:
    """A code: the thread behind it is kept open for thirty minutes, under a form secret of its own."""
    request, typed = visit.request, visit.posted.text("code")
    await asyncio.sleep(request.app[CONFIG].gate.try_wait(address_of(request)))
    if visit.posted.text("speak"):
        return _ask(request, typed=typed, said=visit.posted.text("said"))
    try:
        thread = await Thread.open(typed, who=None)
    except DomainError as problem:
        return _ask(request, problem=problem, typed=typed, said=visit.posted.text("said"))
    visit.secret = new_secret()
    visit.draft = await type(visit.draft).of_form(visit.secret)
    visit.draft.keep_open(thread.tip_id, thread.reporter_secret, thread.receipt_id)
    await visit.draft.keep()
    return await thread_page(visit, thread, typed=visit.posted.text("said"))


async def _go_on(visit: Visit) -> web.Response:
    """An act in the open thread; when it has closed, the code is asked for and the words stay."""
    act = visit.act[0]
    renewing = act == "renew" and not visit.posted.text("speak")
    try:
        thread = await Thread.reopen(visit.draft.thread, renewing=renewing)
        return await _close(visit) if act == "close" else await _do(visit, thread, act)
    except Invalid as problem:
        if problem.key != "track.closed":
            raise
        return _ask(visit.request, problem=problem, said=visit.posted.text("text"))


async def _do(visit: Visit, thread: Thread, act: str) -> web.Response:
    if visit.posted.text("speak") and visit.posted.text("at") in SMALL_PAGES:
        return await small_page(visit, thread, visit.posted.text("at"))
    problem = await keep_typed(visit)
    try:
        if act in ACTS and not problem and not visit.posted.text("speak"):
            return await ACTS[act](visit, thread)
        await visit.draft.keep()
    except Gone:  # closed on another page: it stays closed
        await visit.let_go()
        return _ask(visit.request, problem=Invalid("track.closed"), said=visit.posted.text("text"))
    return await thread_page(visit, thread, problem=problem, typed=visit.posted.fields.get("text"))


async def _close(visit: Visit) -> web.Response:
    """看完清掉."""
    with suppress(DomainError):
        await visit.draft.drop()
    return page(visit.request, "done.html", key="public.closed")


def _ask(request: web.Request, *, problem: DomainError | None = None, typed: str = "", said: str = "") -> web.Response:
    status = status_of(problem) if problem else 200
    return page(request, "track.html", status=status, problem=problem, typed=typed, said=said)
