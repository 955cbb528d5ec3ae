"""廉洁课堂 on the phone: a list page by page, and one lesson with what hangs beside it. Who reads is noted nowhere.

An open question stays open meanwhile: nobody loses what he was telling by looking in here.
"""

from uuid import UUID

from bot.dialogue.screen import lasting, rows
from models.errors import NotFound
from models.inbox import Turn
from models.lesson import LessonVersion
from models.library import IN_CHAT, is_official, read, readable, said
from models.outbox import Choice
from models.quiz import of_lesson

LONGEST_LABEL = 28


async def shelf(turn: Turn, number: str = "") -> None:
    """What there is, newest first; people in office find theirs among it."""
    found = await readable(officials=await is_official(turn.contact.id), number=int(number or 1), most=IN_CHAT)
    back = rows(lasting("start", "menu.back"))
    if not found.items:
        turn.say("lesson.none", choices=back)
        return
    entries = [_entry(turn, one) for one in found.items]
    turns = [lasting(f"lessons:{found.number - 1}", "lesson.newer")] if found.number > 1 else []
    turns += [lasting(f"lessons:{found.number + 1}", "lesson.older")] if found.number < found.pages else []
    turn.say(
        "lesson.list",
        params={"number": found.number, "pages": found.pages},
        choices=rows(*entries, width=1) + rows(*turns) + back,
    )


async def show(turn: Turn, lesson: str) -> None:
    """One of them, whole. What was withdrawn since the button was made says so."""
    try:
        officials = await is_official(turn.contact.id)
        found = await read(UUID(hex=lesson), officials=officials)
    except NotFound:
        turn.say("lesson.gone", choices=rows(lasting("lessons", "lesson.menu")))
        return
    if found.material:
        title = found.text_in(turn.contact.language)["title"]
        turn.say("lesson.beside", params={"title": title}, media=found.material.said())
    whole = said(found, turn.contact.language, found.lesson.unit.office)
    ways = rows(lasting("lessons", "lesson.more"), lasting("start", "menu.back"))
    quiz = await of_lesson(found.lesson_id, public=not officials)
    if quiz:
        ways = rows(lasting(f"quiz:{quiz.id.hex}", "quiz.some")) + ways
    turn.say(whole.key, params=whole.params, choices=ways)


def _entry(turn: Turn, version: LessonVersion) -> Choice:
    title = version.text_in(turn.contact.language)["title"]
    short = title if len(title) <= LONGEST_LABEL else title[: LONGEST_LABEL - 1] + "…"
    kind = {"t": f"term.LessonKind.{version.lesson.kind}"}
    return lasting(f"lesson:{version.lesson_id.hex}", "lesson.entry", kind=kind, title=short)
