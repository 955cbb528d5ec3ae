"""A reporter's files: shown safely, downloaded whole or not at all."""

import io
import json
from uuid import UUID

import aiohttp
import pytest
from PIL import Image

from models.attachment import Attachment
from models.db import new_id, transaction
from models.draft import Telling
from models.house import house
from models.sealed_files import LocalStore, once
from models.sealing import Purpose
from models.terms import Channel, Concerns
from models.tip import Tip
from tests.admin.client import Desk
from tests.world import World

DATA = b"%PDF-1.4\n" + bytes(200_000)


def picture() -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "secret camera"
    Image.new("RGB", (60, 40), "red").save(file, "JPEG", exif=exif)
    return file.getvalue()


async def tip_with(world: World, mime: str, data: bytes = DATA) -> tuple[str, UUID]:
    """A tip with one file that claims to be `mime`, even where the door would not have let it in."""
    draft = new_id()
    row = await Attachment.take(draft, name="<b>.html", stream=once(data))
    told = json.dumps({**row.draft_meta(), "type": mime}).encode()
    async with transaction():
        await Attachment.filter(id=row.id).update(meta=house().keys.transit.lock(told, Purpose.FILE_META, row.id))
    telling = Telling(place=world.units["清水村"].id.hex, concerns=Concerns.VILLAGE, naming="anonymous")
    telling.add_file(row.id, row.kind)
    tip = await Tip.file(telling, channel=Channel.CHAT, draft_id=draft)
    return f"/tips/{tip.tip_id.hex}/files/{row.id.hex}", row.id


async def test_a_picture_is_shown_as_a_fresh_one_without_its_metadata(desk: Desk) -> None:
    path, _ = await tip_with(desk.world, "image/jpeg", picture())
    await desk.log_in("shouli")
    assert f'src="{path}/preview"' in (await desk.get(path.partition("/files")[0])).html
    async with desk.client.get(f"{path}/preview") as answer:
        shown = await answer.read()
        assert answer.content_type == "image/jpeg"
    assert b"secret camera" not in shown
    assert Image.open(io.BytesIO(shown)).size == (60, 40)
    assert (await desk.get(f"{path}/play")).status == 404


@pytest.mark.parametrize("mime", ["audio/ogg", "application/pdf", "text/html", "image/svg+xml"])
async def test_an_original_is_a_download_without_a_type(desk: Desk, mime: str) -> None:
    path, _ = await tip_with(desk.world, mime)
    await desk.log_in("shouli")
    async with desk.client.get(path) as answer:
        assert await answer.read() == DATA
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert "html" not in answer.headers["Content-Disposition"]
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert (await desk.get(f"{path}/preview")).status == 404
    async with desk.client.get(f"{path}/play") as answer:
        assert (answer.status == 200) == (mime == "audio/ogg")
        await answer.read()


async def test_a_file_that_was_cut_breaks_off_instead_of_ending(desk: Desk) -> None:
    path, file_id = await tip_with(desk.world, "application/pdf")
    store = house().files
    assert isinstance(store, LocalStore)
    place = store._place(file_id)
    place.write_bytes(place.read_bytes()[: 64 * 1024 * 2 + 100])
    await desk.log_in("shouli")
    with pytest.raises(aiohttp.ClientError):
        async with desk.client.get(path) as answer:
            await answer.read()


async def test_a_broken_picture_says_so(desk: Desk) -> None:
    path, _ = await tip_with(desk.world, "image/jpeg")
    await desk.log_in("shouli")
    answer = await desk.get(f"{path}/preview")
    assert answer.status == 422
    assert "打不开" in answer.html


async def test_another_unit_gets_no_file(desk: Desk) -> None:
    path, _ = await tip_with(desk.world, "audio/ogg")
    await desk.log_in("liushuji")
    for way in ("", "/play", "/preview"):
        assert (await desk.get(path + way)).status == 404
