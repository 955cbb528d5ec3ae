"""What a reporter does in an open thread. Each act reads the form, makes one call of the domain, answers a page."""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from aiohttp import web

from admin.numbers import line_number
from admin.public.answers import MOST_LINE, NO_WISH
from admin.public.thread_page import new_code_page, small_page, thread_page
from admin.public.visit import Visit, rewrite
from models import later_name, protection
from models.codes import Code
from models.draft import Telling
from models.errors import Conflict, DomainError, Gone, Invalid, Repeated
from models.once import act_id
from models.receipt import Receipt
from models.sealing import derive
from models.terms import Verdict
from models.text import clean
from models.thread import Thread

TAKEN: Final = {
    Verdict.AGREED: "verdict.noted",
    Verdict.OBJECTED: "verdict.objection_taken",
    Verdict.NEWS: "verdict.news_taken",
}
Act = Callable[[Visit, Thread], Awaitable[web.Response]]


async def keep_typed(visit: Visit) -> DomainError | None:
    """Words and files of the thread's own page are kept, whatever button was pressed."""
    try:
        await visit.hang_files(visit.draft.adding)
        if "text" in visit.posted.fields:
            rewrite(visit.draft.adding, visit.posted.text("text"))
    except Invalid as problem:
        return problem
    return None


async def say(visit: Visit, thread: Thread) -> web.Response:
    """补充材料, or a word on the answer. Sent twice it is said once; where it cannot be said, the words stay."""
    verdict = Verdict(visit.act[0]) if visit.act[0] in set(Verdict) else None
    problem: DomainError | None = None
    if not visit.posted.untaken:
        problem = await _say(visit, thread, verdict)
    if problem or visit.posted.untaken:
        await visit.draft.keep()
        return await thread_page(visit, thread, problem=problem)
    with suppress(Gone):  # closed on another page meanwhile; what was said is said
        await visit.draft.keep()
    return await thread_page(visit, thread, notice=TAKEN[verdict] if verdict else "adding.taken")


async def _say(visit: Visit, thread: Thread, verdict: Verdict | None) -> DomainError | None:
    draft = visit.draft
    act = act_id(visit.posted.text("mark"), thread.tip_id, verdict, _digest(visit, draft.adding))
    try:
        await thread.add(draft.adding, draft_id=draft.id, verdict=verdict, act=act)
    except Repeated:
        pass  # it is there already
    except DomainError as problem:
        return problem
    draft.adding = Telling()
    return None


async def drop(visit: Visit, thread: Thread) -> web.Response:
    """Take a kept file off again."""
    await visit.take_down(visit.draft.adding, visit.act[1])
    await visit.draft.keep()
    return await thread_page(visit, thread)


async def earlier(visit: Visit, thread: Thread) -> web.Response:
    """The lines before those on the page."""
    await visit.draft.keep()
    return await thread_page(visit, thread, before=line_number(visit.act[1]))


async def open_small(visit: Visit, thread: Thread) -> web.Response:
    """One of the rarer things has a page of its own."""
    await visit.draft.keep()
    return await small_page(visit, thread, visit.act[0])


async def ask_protection(visit: Visit, thread: Thread) -> web.Response:
    """申请保护: only the heads read it."""
    try:
        await protection.ask(thread, visit.posted.text("fear"))
    except Conflict as problem:
        return await thread_page(visit, thread, notice=problem.key)
    except Invalid as problem:
        return await small_page(visit, thread, "afraid", problem=problem)
    return await thread_page(visit, thread, notice="protection.asked")


async def give_name(visit: Visit, thread: Thread) -> web.Response:
    """补留姓名: sealed to the custodian's ring."""
    lines = {one: clean(visit.posted.text(one)) for one in ("name", "reach", "safe")}
    if not lines["name"] or not lines["reach"] or any(len(line) > MOST_LINE for line in lines.values()):
        return await small_page(visit, thread, "later", problem=Invalid("naming.line_bad", most=MOST_LINE))
    try:
        await later_name.give_name(thread, **{**lines, "safe": lines["safe"] or NO_WISH})
    except Conflict as problem:
        return await thread_page(visit, thread, notice=problem.key)
    except Invalid as problem:
        return await small_page(visit, thread, "later", problem=problem)
    return await thread_page(visit, thread, notice="later.given")


async def renew_code(visit: Visit, thread: Thread) -> web.Response:
    """换个查询码. It grows from the form and its page, so that the same page sent twice shows the same code."""
    mark = visit.posted.text("mark")
    code = Code.from_secret(derive(visit.secret, f"new code {mark}"))
    try:
        await thread.renew_code(code, act=act_id(mark, thread.tip_id, "new code"))
    except Repeated:
        if await Receipt.find(code) is None:  # an old page once more, and a newer code has come since
            return await thread_page(visit, thread)
    visit.draft.keep_open(thread.tip_id, thread.reporter_secret, thread.receipt_id)
    await visit.draft.keep()
    return new_code_page(visit, code)


ACTS: Final[dict[str, Act]] = {
    "add": say,
    **dict.fromkeys(Verdict, say),
    "drop": drop,
    "earlier": earlier,
    "afraid": open_small,
    "later": open_small,
    "new_code": open_small,
    "protect": ask_protection,
    "name": give_name,
    "renew": renew_code,
}
"""What a button of an open thread does."""


def _digest(visit: Visit, adding: Telling) -> str:
    """The same words and the same files, whatever names they were stored under."""
    known = visit.draft.talk.get("files", {})
    told = [part.text or str(known.get(part.file, part.file)) for part in adding.parts]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()
