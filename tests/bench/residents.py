"""Residents with phones, in a process of their own: plain sockets, so that the site is measured and not the caller."""

import asyncio
import hashlib
import itertools
import re
import secrets
import socket
from typing import Any
from urllib.parse import urlencode

from tests.bench.child import answering
from tests.bench.filing import WORDS
from tests.bot.test_pieces import photo

SECRET = re.compile(rb'name="form" value="([0-9a-f]{64})"')
CODE = re.compile(rb'id="code">([^<]+)<')
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
BOUNDARY = "----one-boundary-for-all"
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", f"multipart/form-data; boundary={BOUNDARY}"
MEGABYTE = 1024 * 1024


class Phone:
    """One connection, kept open as browsers do."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.socket()

    async def connect(self) -> None:
        self._socket.setblocking(False)
        await asyncio.get_running_loop().sock_connect(self._socket, ("127.0.0.1", self._port))

    def hang_up(self) -> None:
        self._socket.close()

    async def get(self, path: str) -> bytes:
        return await self._ask(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    async def post(self, fields: dict[str, str], photo: bytes = b"") -> bytes:
        """A form as a browser sends it: in parts where it has room for files."""
        if not photo:
            return await self._ask(_head(URLENCODED, len(body := urlencode(fields).encode())) + body)
        begin, end = _around_photo(fields)
        return await self._ask(_head(MULTIPART, len(begin) + len(photo) + len(end)) + begin, photo, end)

    async def _ask(self, *pieces: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        for piece in filter(None, pieces):
            await loop.sock_sendall(self._socket, piece)
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += await self._hear()
        head, _, body = heard.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise AssertionError(head.partition(b"\r\n")[0].decode())
        told = LENGTH.search(head)
        length = int(told[1]) if told else 0
        while len(body) < length:
            body += await self._hear()
        return body

    async def _hear(self) -> bytes:
        piece = await asyncio.get_running_loop().sock_recv(self._socket, MEGABYTE)
        if not piece:
            raise AssertionError("the site hung up")
        return piece


def _head(kind: str, length: int) -> bytes:
    return (
        f"POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _around_photo(fields: dict[str, str]) -> tuple[bytes, bytes]:
    parts = [f'name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    parts.append('name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n')
    begin = "\r\n".join(f"--{BOUNDARY}\r\nContent-Disposition: form-data; {part}" for part in parts)
    return begin.encode(), f"\r\n--{BOUNDARY}--\r\n".encode()


async def tell(phone: Phone, village: str, picture: bytes) -> str:
    """One whole tip with a photo, from the first page to the receipt; answers the code."""
    await phone.get("/")
    begun = SECRET.search(await phone.post({"lang": "zh_CN"}))
    if begun is None:
        raise AssertionError("the first question has no form")
    form = {"form": begun[1].decode(), "lang": "zh_CN"}
    for question, answer in (("place", village), ("topic", "V01"), ("concerns", "village")):
        await phone.post({**form, "question": question, "answer": answer})
    await phone.post({**form, "question": "story", "text": WORDS, "do": "next"}, picture)
    await phone.post({**form, "question": "naming", "answer": "anonymous"})
    code = CODE.search(await phone.post({**form, "question": "review", "do": "submit"}))
    if code is None:
        raise AssertionError("there is no receipt")
    return code[1].decode()


async def main(pipe: Any, port: int, village: str) -> None:
    """Until told to stop."""
    loop, jpeg = asyncio.get_running_loop(), photo()

    async def tips(count: int, at_once: int, size: int) -> dict[str, Any]:
        """So many tips; each photo is another, by its last bytes."""
        stock, left, told = jpeg + secrets.token_bytes(size - len(jpeg) - 8), itertools.count(), dict[str, str]()
        known = hashlib.sha256(stock)

        async def resident() -> None:
            phone = Phone(port)
            await phone.connect()
            while next(left) < count:
                mark, digest = secrets.token_bytes(8), known.copy()
                digest.update(mark)
                told[await tell(phone, village, stock + mark)] = digest.hexdigest()
            phone.hang_up()

        began = loop.time()
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(resident())
        return {"seconds": loop.time() - began, "told": told}

    async def views(count: int) -> dict[str, Any]:
        """The first page again and again; how long each took and how large all of it is."""
        phone, waits = Phone(port), list[float]()
        await phone.connect()
        for _ in range(count):
            began = loop.time()
            front = await phone.get("/")
            waits.append(loop.time() - began)
        linked = re.findall(rb'(?:href|src)="(/static/[^"]+)"', front)
        weight = len(front) + sum([len(await phone.get(path.decode())) for path in sorted(set(linked))])
        phone.hang_up()
        return {"waits": waits, "bytes": weight}

    await answering(pipe, tips=tips, views=views)
