"""The audit administrator reads who did what and when, and nothing else."""

import re

from models import audit
from models.audit import Audit
from models.db import transaction
from tests.admin.client import Desk


async def test_lines_tell_the_act_and_never_the_object(desk: Desk) -> None:
    world = desk.world
    filed = await world.file_tip("原话在此")
    await desk.log_in("shenji")
    page = await desk.get("/audit")
    assert "授予钥匙" in page.html
    assert "陈县平" in page.html
    for hidden in (filed.tip_id.hex, str(filed.tip_id), "原话在此", "周书记"):
        assert hidden not in page.html  # 周书记 works for another unit


async def test_a_changed_line_is_noticed(desk: Desk) -> None:
    await desk.log_in("shenji")
    await audit.chain()
    page = await desk.get("/audit")
    sound = await desk.send(page.form("/verification"))
    assert "记录完整" in sound.html
    first = await Audit.filter(unit_id=desk.world.units["云岭县"].id).order_by("id").first()
    assert first
    async with transaction():
        await Audit.filter(id=first.id).update(actor_id=None, act=audit.Act.LOGGED_OUT)
    broken = await desk.send(page.form("/verification"))
    assert "可能被改过" in broken.html


async def test_older_lines_are_reached_by_a_random_key(desk: Desk) -> None:
    unit = desk.world.units["云岭县"].id
    async with transaction():
        for _ in range(60):
            await Audit.record(audit.Act.LOGGED_IN, unit_id=unit, actor_id=None)
    await desk.log_in("shenji")
    page = await desk.get("/audit")
    older = re.search(r'href="(/audit\?before=[0-9a-f]{32})"', page.html)
    assert older
    assert (await desk.get(older[1])).status == 200
    other = await Audit.exclude(seen_by_id=unit).first()
    assert other
    for key in (other.key.hex, "00" * 16, "7"):
        assert (await desk.get(f"/audit?before={key}")).status == 404
