"""Quizzes and reports in a real browser, on a phone and on a screen. SHOTS=<folder> leaves pictures."""

import os
from pathlib import Path

import pytest

from models.ledger import acknowledge, count_known, lease
from models.quiz_totals import count_runs
from models.sitting import Place, answer, sit_down
from tests.admin.test_browser import Seat, pytestmark, seat
from tests.models.outreach import official, officials, sending, sent
from tests.models.quizzes import published, written

__all__ = ["pytestmark", "seat"]
SHOTS = Path(os.environ["SHOTS"]) if os.environ.get("SHOTS") else None


async def looked_at(seat: Seat, path: str, name: str) -> None:
    """Nothing scrolls sideways, on the screen or on paper; a picture is left where they are wanted."""
    page = seat.page
    await seat.go(path)
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, name
    if SHOTS:
        size = page.viewport_size or {"width": 0}
        await page.screenshot(path=SHOTS / f"{name}-{size['width']}.png", full_page=True)


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_quizzes_and_reports_fit_every_screen_and_paper(seat: Seat) -> None:
    world = seat.desk.world
    contacts = await officials(world, 16)
    others = [(await official(world, 30 + number, unit="上湾村"))[1] for number in range(9)]
    quiz, draft = await published(world, public=True), await written(world)
    for number, contact in enumerate([*contacts, *others]):
        await sit_down(quiz.id, contact.id)
        await answer(quiz.id, contact.id, Place(1, 0), 0b010 if number < 15 else 0b001)
        await answer(quiz.id, contact.id, Place(1, 1), 0b011 if number < 19 else 0b110)
    await count_runs()
    campaign = await sending(world)
    await sent((await lease(30))[:20])
    for contact in contacts[:9] + others[:2]:
        await acknowledge(campaign.id, contact.id)
    await count_known()
    await seat.log_in("xianban")
    for path, name in (
        ("/quizzes", "quizzes"),
        (f"/quizzes/{draft.id.hex}/edit", "quiz-form"),
        (f"/quizzes/{draft.id.hex}", "quiz-draft"),
        (f"/quizzes/{quiz.id.hex}", "quiz"),
        ("/outreach/new", "compose-quiz"),
        (f"/outreach/{campaign.id.hex}", "campaign-chart"),
        (f"/outreach/{campaign.id.hex}/report", "report"),
    ):
        await looked_at(seat, path, name)
    assert await seat.page.is_visible("[data-print]")
    if SHOTS:
        await seat.page.emulate_media(media="print")
        await seat.page.screenshot(path=SHOTS / "paper.png", full_page=True)
    assert seat.complaints == []
