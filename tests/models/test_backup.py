"""A backup opens with the backup key only, holds nothing in transit, and brings nothing deleted back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from models import backup
from models.appointing import appoint
from models.attachment import Attachment
from models.audit import Act, Audit, chain, verify
from models.db import open_database
from models.draft import Part, Proposing
from models.erasure import Erased, Gone
from models.errors import Conflict, Invalid, NotFound
from models.house import House, enter, house
from models.keyfile import paper_lines
from models.matter import Matter
from models.officer import Officer
from models.official import Official
from models.removal import remove
from models.ring import Grant
from models.rotation import marked
from models.sealed_files import gathered
from models.sealing import new_secret
from models.session import Session
from models.shred import shred
from models.staff import Invite, Staff
from models.submission import Submission, Wish
from models.terms import CampaignKind, Category, Role
from models.thread import Thread
from models.tip import Tip
from models.unit import Unit
from tests.admin.test_submissions import serving
from tests.commands import command
from tests.databases import REAL, Templates, fresh
from tests.models.burglar import Burglar, possible_secrets, take
from tests.models.staging import FILE, STORY, WORDS, busy_doors, full_tip, resident, send_file, stored_wish
from tests.world import World


@dataclass
class Elsewhere:
    """Another database, empty: where a backup is restored."""

    url: str


@pytest.fixture
async def elsewhere(backend: str, templates: Templates, tmp_path: Path) -> AsyncIterator[Elsewhere]:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    async with fresh(templates, backend, REAL, folder) as url:
        yield Elsewhere(url)


LEFT_OUT = {model._meta.db_table for model in backup.LEFT_OUT}


async def test_what_is_restored_works_like_what_was_backed_up(
    world: World, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    scene = await full_tip(world)
    await busy_doors()
    await world.session("shouli")
    await chain()
    kept = [row.columns for row in await take() if row.table not in LEFT_OUT]
    kept = [row for row in kept if "draft_id" not in row or row["tip_id"]]
    assert await backup.write(tmp_path / "a.qfb") == len(kept)
    async with await open_database(elsewhere.url, modules=REAL.modules):
        assert await backup.restore(tmp_path / "a.qfb", world.backup, []) == len(kept)
        found = [row.columns for row in await take()]
        assert sorted(map(repr, found)) == sorted(map(repr, kept))
        matter = await Matter.open(await world.actor("shouli"), scene.tip_id)
        assert matter.narrative()["parts"][0]["text"] == STORY
        assert await Thread.open(str(scene.filed.code), who="a")
        await world.file_tip("恢复以后的新事", village="白杨村")
        assert not await Session.exists()
        assert not await Attachment.exists(tip_id=None)
        await chain()
        assert (await verify())[1] == []


async def test_invariant_8_without_the_backup_key_the_file_opens_nothing(world: World, tmp_path: Path) -> None:
    scene = await full_tip(world)
    await backup.write(tmp_path / "a.qfb")
    stored = (tmp_path / "a.qfb").read_bytes()
    for words in (*WORDS, "chengban", "石桥镇", str(scene.filed.code)):
        assert words.encode() not in stored
    for secret in (new_secret(), world.recovery, *possible_secrets([]), house().keys.bases[0].secret):
        with pytest.raises((Invalid, Conflict)):
            await backup.restore(tmp_path / "a.qfb", secret, [])
    assert (tmp_path / "a.qfb").stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        await backup.write(tmp_path / "a.qfb")


async def test_a_damaged_backup_restores_nothing(world: World, elsewhere: Elsewhere, tmp_path: Path) -> None:
    await full_tip(world)
    await backup.write(tmp_path / "a.qfb")
    whole = (tmp_path / "a.qfb").read_bytes()
    async with await open_database(elsewhere.url, modules=REAL.modules):
        for bad in (b"", whole[:9], whole[:-1], whole + b"x", whole[:5000] + b"\0" + whole[5001:], b"X" + whole[1:]):
            (tmp_path / "b.qfb").write_bytes(bad)
            with pytest.raises(Invalid):
                await backup.restore(tmp_path / "b.qfb", world.backup, [])
            assert not await Unit.exists()
        await backup.restore(tmp_path / "a.qfb", world.backup, [])
        with pytest.raises(Conflict):
            await backup.restore(tmp_path / "a.qfb", world.backup, [])


async def test_the_journal_keeps_gone_what_was_deleted_since(
    world: World, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    scene, other = await full_tip(world), await full_tip(world, number=2, village="白杨村")
    his_key = (await world.actor("chengban"))._secret
    await backup.write(tmp_path / "old.qfb")
    await remove(await world.actor("shuji"), world.staff["chengban"])
    await shred([scene.tip_id])
    journal = await backup.journal_text()
    assert not any(words in journal for words in (*WORDS, "chengban"))
    async with await open_database(elsewhere.url, modules=REAL.modules):
        await backup.restore(tmp_path / "old.qfb", world.backup, backup.read_journal(journal))
        assert not Burglar(await take(), {his_key}).work().read(STORY)
        assert not (await Staff.get(login="chengban")).active
        assert not await Grant.exists(staff_id=world.staff["chengban"].id)
        assert not await Tip.exists(id=scene.tip_id)
        with pytest.raises(NotFound):
            await Matter.open(await world.actor("shuji"), scene.tip_id)
        assert (await Matter.open(await world.actor("shuji"), other.tip_id)).narrative()
        assert len(await marked(await world.actor("shuji"))) == 1  # and the ring still waits for rotation
        assert await Erased.exists(what=Gone.PERSON)
        assert await backup.journal_text() == journal
    with pytest.raises(Invalid):
        backup.read_journal('{"what": "everything"}')


async def test_what_an_officer_handed_in_comes_back_with_its_file_whatever_became_of_the_key(
    world: World, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    officer, (_, draft) = await serving(world), await resident(3)
    told = Proposing(CampaignKind.REMINDER, [Part(text="过节不收礼。")])
    here, on_its_way = await send_file(draft), await stored_wish(draft.id)
    for file in (here, on_its_way):
        told.add_file(file.id, "photo")
    one = await Submission.hand_in(officer, told, Wish())
    await backup.write(tmp_path / "a.qfb")
    keys = house().keys.with_new_transit()
    enter(House(keys.without_transit(keys.transits[1].id), house().files))
    async with await open_database(elsewhere.url, modules=REAL.modules):
        await backup.restore(tmp_path / "a.qfb", world.backup, [])
        meta, pieces = await (await Submission.get(id=one.id)).file(here.id)
        assert (meta["name"], await gathered(pieces, len(FILE))) == ("租约.jpg", FILE)
        assert not await Attachment.exists(id=on_its_way.id)


@pytest.mark.parametrize("older", [False, True], ids=["present", "older"])
async def test_an_invitation_that_was_used_since_does_not_come_back_to_life(
    world: World, elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, older: bool
) -> None:
    """Nor out of a backup of before, which still held it."""
    desk, village = await world.actor("shuji"), world.units["清水村"].id
    _, officers = await Officer.appoint(desk, station_id=village, name="陈联络")
    _, officials = await Official.add(desk, unit_id=village, name="王主任", post="村主任", category=Category.GRASSROOTS)
    staff = await Invite.issue(unit_id=desk.unit_id, role=Role.HANDLER, by=desk.id)
    with monkeypatch.context() as then:
        if older:
            then.setattr(backup, "LEFT_OUT", backup.LEFT_OUT - {Invite})
            then.setattr(backup, "CLEARED", {})
        rows = await backup.write(tmp_path / "a.qfb")
    async with await open_database(elsewhere.url, modules=REAL.modules):
        assert await backup.restore(tmp_path / "a.qfb", world.backup, []) == rows
        for find, code in ((Officer.invited, officers), (Official.invited, officials), (Invite.find, staff)):
            with pytest.raises(Invalid):
                await find(code)


async def test_who_was_removed_and_appointed_again_keeps_his_later_keys(
    world: World, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    await world.enrol("huilai", unit="石桥镇", role=Role.HANDLER)
    await world.appoint("huilai", by="shuji")
    old = backup.read_journal(await backup.journal_text())
    assert old == []
    await backup.write(tmp_path / "a.qfb")
    async with await open_database(elsewhere.url, modules=REAL.modules):
        line = Erased.of(Gone.LOST_KEY, (await Grant.all().first() or Grant()).id)
        await backup.restore(tmp_path / "a.qfb", world.backup, [line])
        member = await Staff.get(login="huilai")
        assert await Grant.exists(staff_id=member.id)
        with pytest.raises(Conflict):
            await appoint(await world.actor("shuji"), member, member.fingerprint())


async def test_the_commands_back_up_and_restore(
    world: World, database_url: str, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    scene = await full_tip(world)
    house().keys.save(tmp_path / "keys.json")
    env = {"DATABASE_URL": database_url, "KEY_FILE": str(tmp_path / "keys.json"), "DATA_DIR": str(tmp_path)}
    there = {**env, "DATABASE_URL": elsewhere.url}
    place, journal = tmp_path / "a.qfb", tmp_path / "now.journal"
    assert (await command("backup", "create", str(place), env=env)).code == 0
    assert (tmp_path / "a.qfb.journal").read_text() == ""
    await shred([scene.tip_id])
    assert (await command("backup", "journal", str(journal), env=env)).code == 0
    typed = "\n".join(paper_lines(world.backup))
    assert (await command("backup", "create", str(place), env=env)).code == 1
    assert (await command("backup", "restore", str(place), env=there, said=typed)).code == 1
    given = ("backup", "restore", str(place), "--journal", str(journal))
    assert (await command(*given, env=there, said="\n".join(paper_lines(new_secret())))).code == 1
    assert (await command(*given, env=there, said="nonsense")).code == 1
    done = await command(*given, env=there, said=typed)
    assert done.code == 0, done.err
    assert (await command(*given, env=there, said=typed)).code == 1
    async with await open_database(elsewhere.url, modules=REAL.modules):
        assert await Staff.all().count() == len(world.staff)
        assert not await Tip.exists()
        assert await Audit.exists(act=Act.ENROLLED)
