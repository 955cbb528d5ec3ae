"""The composition: every job is a verb that exists, wakes, and fails alone; the demo's county is whole."""

import asyncio
import inspect
import logging
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from app import JOBS, keep_calendar
from cli.waking import Job, scheduled
from models import clock, demo, house, passwords
from models.access import Access
from models.campaign import Campaign
from models.contact import Contact, address_tag
from models.db import Database
from models.demo_county import STORIES, ZONES
from models.demo_people import holders
from models.house import House
from models.keyfile import KeyFile
from models.officer import Officer
from models.outbox import Lane, Outbox
from models.progress import coverage
from models.sealed_files import LocalStore
from models.session import log_in
from models.submission import Submission
from models.terms import CampaignState, Mode, RingPurpose, Role, SubmissionState, TipStatus
from models.thread import Thread

woken: Counter[str] = Counter()


async def works() -> None:
    woken["works"] += 1


async def fails() -> None:
    woken["fails"] += 1
    raise RuntimeError("村主任")


begun = asyncio.Event()


async def slow() -> None:
    begun.set()
    await asyncio.sleep(0.3)
    woken["slow"] += 1


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_is_a_coroutine_of_ours_without_parameters(job: Job) -> None:
    verb = job.coroutine()
    assert inspect.iscoroutinefunction(verb)
    asked = inspect.signature(verb).parameters.values()
    assert all(parameter.default is not inspect.Parameter.empty for parameter in asked)


def test_no_two_jobs_do_the_same() -> None:
    assert len({job.name for job in JOBS}) == len({job.work for job in JOBS}) == len(JOBS)


async def test_every_job_runs_in_a_house_without_a_session(database: Database, tmp_path: Path) -> None:
    enter(tmp_path)
    try:
        for job in JOBS:
            await job.coroutine()()
    finally:
        house.enter(None)


async def test_a_failing_job_is_logged_by_name_and_type_and_wakes_again(caplog: pytest.LogCaptureFixture) -> None:
    woken.clear()
    tick = timedelta(seconds=0.05)
    with caplog.at_level(logging.ERROR):
        async with scheduled((job("works", tick), job("fails", tick))):
            await asyncio.sleep(0.4)
    assert woken["works"] > 1
    assert woken["fails"] > 1
    assert "job fails failed: RuntimeError" in caplog.text
    assert "村主任" not in caplog.text


async def test_stopping_lets_a_running_job_finish() -> None:
    woken.clear()
    async with scheduled((job("slow", timedelta(seconds=60)),)):
        await asyncio.wait_for(begun.wait(), 5)
    assert woken["slow"] == 1


async def test_the_demos_county_is_whole(database: Database, tmp_path: Path) -> None:
    enter(tmp_path)
    try:
        await demo.seed({name: f"telegram:{n}" for n, name in enumerate(holders())}, keep_calendar)
        await there_is_outreach_to_look_at()
        await everybody_can_log_in()
        await every_receipt_opens()
        await the_list_shows_every_state()
    finally:
        house.enter(None)


async def there_is_outreach_to_look_at() -> None:
    officer = await Officer.of_contact((await Contact.get(tag=address_tag("telegram:0"))).id)
    assert officer
    assert (officer.name, officer.station.name) == ("陈联络员", "清水村联络站")
    reminder, lesson, *drafts = await Campaign.all().order_by("made_at")
    assert [reminder.state, lesson.state] == [CampaignState.DONE] * 2
    assert {draft.state for draft in drafts} == {CampaignState.PROPOSED}
    asked, known = (await coverage(reminder)).total, (await coverage(reminder)).known
    assert 0 < known.n < asked.n
    assert await Submission.filter(state=SubmissionState.WAITING).count() == 1
    assert await Outbox.filter(lane=Lane.NOTICE).count() > asked.n  # on the phones when somebody first looks


async def everybody_can_log_in() -> None:
    for account in demo.accounts():
        code = demo.code_at(account, clock.now())
        logged_in = await log_in(login=account.login, password=demo.PASSWORD, code=code)
        assert logged_in.staff.name == account.name
    roles = {account.role for account in demo.accounts()}
    assert roles == set(Role)


async def every_receipt_opens() -> None:
    for number, (code, _place) in enumerate(demo.receipts()):
        thread = await Thread.open(code, who=str(number))
        assert await thread.story()


async def the_list_shows_every_state() -> None:
    rows = await Access.filter(purpose=RingPurpose.CASE).values("status", "unit_id")
    assert {row["status"] for row in rows} == set(TipStatus)
    assert len(rows) == len(STORIES)
    assert len({row["unit_id"] for row in rows}) == 1 + sum(len(zone.townships) for zone in ZONES)


def enter(folder: Path) -> None:
    house.enter(House(KeyFile.new(), LocalStore(folder / "files"), argon2=passwords.CHEAP, mode=Mode.DEMO))


def job(name: str, every: timedelta) -> Job:
    return Job(name, every, f"{__name__}:{name}", every)
