"""What goes along with a broadcast: told by its content, cleaned, sealed on the disk, and gone when nothing uses it."""

import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import cast

import pytest
from PIL import Image

from models import attachment, backup
from models.attachment import Attachment
from models.carried import Carried
from models.db import new_id, open_database
from models.errors import Invalid, NotFound
from models.house import House, enter, house
from models.material import LARGEST, MOST_CAPTION, Material, MaterialKind, sweep, unused
from models.sealed_files import LOOK_EVERY, LocalStore
from models.sealing import Refused
from models.terms import Language
from models.transit import relock_transit
from tests.databases import REAL, Templates, fresh
from tests.models.media_samples import film, photo, streamed
from tests.models.outreach import composed
from tests.world import World


async def kept(world: World, data: bytes, name: str, unit: str = "石桥镇") -> Material:
    return await Material.keep(world.units[unit].id, streamed(data), name)


async def content(material: Material) -> bytes:
    return b"".join([piece async for piece in material.open()])


def stored(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


async def test_a_photo_is_drawn_anew_and_tells_neither_where_nor_with_what(world: World, tmp_path: Path) -> None:
    assert b"SecretCam" in photo()
    material = await kept(world, photo(), r"C:\云岭\海报 (1).PNG")
    assert (material.kind, material.mime, material.name) == (MaterialKind.PHOTO, "image/jpeg", "海报 (1).jpg")
    fresh = await content(material)
    assert b"SecretCam" not in fresh
    assert not Image.open(BytesIO(fresh)).getexif()
    assert not any(fresh[:64] in path.read_bytes() for path in stored(tmp_path))


async def test_films_and_files_come_through_as_they_are_and_by_their_content(world: World) -> None:
    for data, name, kind, shown in (
        (film(), "课.exe", MaterialKind.VIDEO, "课.mp4"),
        ("第一条".encode(), "../../条例\x00\u202egpj.txt", MaterialKind.FILE, "条例gpj.txt"),
        (b"%PDF-1.7\n" + bytes(70_000), "", MaterialKind.FILE, "file.pdf"),
    ):
        material = await kept(world, data, name)
        assert (material.kind, material.name) == (kind, shown)
        assert await content(material) == data


def box(name: bytes, content: bytes, *, long: bool = False) -> bytes:
    """One box of an MP4."""
    if long:
        return b"\0\0\0\1" + name + (len(content) + 16).to_bytes(8, "big") + content
    return (len(content) + 8).to_bytes(4, "big") + name + content


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("step", [7, 50_000])
async def test_a_film_tells_neither_where_nor_with_what_and_nothing_else_of_it_changes(world: World, step: int) -> None:
    place = box(b"\xa9xyz", b"+30.0102+120.0304/")
    head, pictures = (
        box(b"ftyp", b"mp42\0\0\0\0mp42isom"),
        box(b"mdat", b"+30.01 in the picture itself" * 400, long=True),
    )
    track = box(b"tkhd", b"track") + box(b"udta", place) + box(b"mdia", b"samples")
    index = box(
        b"moov", box(b"mvhd", b"clock") + box(b"trak", track) + box(b"meta", b"SecretCam") + box(b"udta", place)
    )
    film, rest = head + box(b"uuid", b"SecretCam" * 2) + pictures + index, b"\0\0\0\3 no box"
    material = await Material.keep(world.units["石桥镇"].id, streamed(film + rest, step), "村里.mp4")
    bare = await content(material)
    assert (b"SecretCam" in bare, b"+30.0102" in bare, len(bare)) == (False, False, len(film + rest))
    same = film.replace(b"SecretCam", bytes(9)).replace(place, bytes(len(place)))
    for name in (b"uuid", b"meta", b"udta"):
        same = same.replace(name, b"free")
    assert bare == same + rest


def macros() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name in ("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"):
            book.writestr(name, "<x/>")
    return out.getvalue()


def flood() -> bytes:
    """A small PNG that would unfold into gigabytes."""
    out = BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_what_is_not_what_it_says_or_too_large_leaves_nothing(world: World, tmp_path: Path) -> None:
    before = stored(tmp_path)
    for data, key in (
        (b"", "error.file_empty"),
        (b"<html><script>alert(1)</script>", "material.kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "material.kind"),
        (b"MZ" + bytes(900), "material.kind"),
        (macros(), "material.kind"),
        (photo()[:200] + bytes(50), "material.picture_broken"),
        (flood(), "material.picture_large"),
        (film(LARGEST), "material.too_big"),
    ):
        with pytest.raises(Invalid, match=key):
            await kept(world, data, "照片.jpg")
    assert not await Material.exists()
    assert stored(tmp_path) == before


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_disk_that_fills_while_files_are_on_their_way_keeps_room_for_words(
    world: World, tmp_path: Path
) -> None:
    there = house()
    before = stored(tmp_path)

    async def filling(store: LocalStore) -> AsyncIterator[bytes]:
        yield film(600_000)
        store._floor, store._looked_at = 1 << 62, -LOOK_EVERY
        yield bytes(600_000)

    for take, key in (
        (lambda stream: Material.keep(world.units["石桥镇"].id, stream, "a.mp4"), "material.no_room"),
        (lambda stream: Attachment.take(new_id(), name="a.mp4", stream=stream), "file.no_room"),
    ):
        store = LocalStore(cast("LocalStore", there.files)._root)
        enter(replace(there, files=store))
        with pytest.raises(Invalid, match=key):
            await take(filling(store))
    assert stored(tmp_path) == before
    assert not await Material.exists()
    assert not await Attachment.exists()


async def test_words_beside_it_are_bounded_in_every_language(world: World) -> None:
    material = await kept(world, photo(), "a.jpg", unit="云岭县")
    fits = {Language.ZH_CN: "长" * MOST_CAPTION}
    campaign = await composed(world, texts=fits, material=material)
    assert campaign.material_id == material.id
    for language in (Language.ZH_CN, Language.EN):
        with pytest.raises(Invalid, match="caption_long"):
            await composed(world, texts={**fits, language: "长" * (MOST_CAPTION + 1)}, material=material)
    with pytest.raises(Invalid, match="caption_long"):  # Telegram counts these twice
        await composed(world, texts={Language.ZH_CN: "𠮷" * MOST_CAPTION}, material=material)


async def test_what_nothing_points_to_goes_after_a_day_with_its_bytes(world: World, tmp_path: Path) -> None:
    used, alone = await kept(world, photo(), "a.jpg", unit="云岭县"), await kept(world, film(), "b.mp4")
    await composed(world, material=used)
    await Carried.claim(alone.id, 7)
    assert not await unused().exists()
    world.clock.forward(days=1, minutes=1)
    assert await sweep() == 1
    assert [one.id for one in await Material.all()] == [used.id]
    assert not await Carried.exists()
    world.clock.forward(days=3)
    await attachment.sweep()
    assert [path.name for path in stored(tmp_path)] == [used.id.hex]
    assert await content(used)


async def test_it_opens_after_the_key_was_changed_and_not_without_it(world: World, tmp_path: Path) -> None:
    material = await kept(world, photo(), "a.jpg")
    keys = house().keys.with_new_transit()
    enter(House(keys, house().files))
    assert await relock_transit() >= 1
    enter(House(keys.without_transit(keys.transits[1].id), house().files))
    material = await Material.get()
    assert await content(material)
    [path] = stored(tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Refused):
        await content(material)


async def test_an_office_shows_its_own_and_those_of_offices_below_it(world: World) -> None:
    material = await kept(world, photo(), "a.jpg")
    for login in ("shouli", "xianban"):
        assert await Material.of(await world.actor(login), material.id)
    with pytest.raises(NotFound):
        await Material.of(await world.actor("liuban"), material.id)


async def test_carrying_is_claimed_by_one_and_ends_when_he_dies(world: World) -> None:
    material = await kept(world, photo(), "a.jpg")
    first = await Carried.claim(material.id, 7)
    assert first.claim_id
    assert (await Carried.claim(material.id, 7)).claim_id is None
    assert (await Carried.claim(material.id, 8)).claim_id  # another bot has its own names
    world.clock.at += timedelta(seconds=181)
    second = await Carried.claim(material.id, 7)
    assert second.claim_id not in {None, first.claim_id}
    await first.carried("photo:late")  # whose claim has ended says nothing any more
    assert (await Carried.get(id=first.id)).name == ""
    await second.carried("photo:there")
    known = await Carried.claim(material.id, 7)
    assert (known.name, known.claim_id) == ("photo:there", None)
    assert await known.forget()
    assert (await Carried.get(id=first.id)).renewals == 1


async def test_a_backup_brings_it_back_whatever_became_of_the_key(
    world: World, backend: str, templates: Templates, tmp_path: Path
) -> None:
    material = await kept(world, photo(), "a.jpg")
    before = await content(material)
    await backup.write(tmp_path / "monday.qfb")
    keys = house().keys.with_new_transit()
    enter(House(keys.without_transit(keys.transits[1].id), house().files))
    (tmp_path / "elsewhere").mkdir()
    async with (
        fresh(templates, backend, REAL, tmp_path / "elsewhere") as url,
        await open_database(url, modules=REAL.modules),
    ):
        await backup.restore(tmp_path / "monday.qfb", world.backup, [])
        assert await content(await Material.get()) == before
