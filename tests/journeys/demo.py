"""The demo as a newcomer starts it: `qingfeng demo` in a process of its own, looked at through Chromium."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page

PATIENCE = 60


@dataclass(frozen=True)
class Demo:
    """Addresses of a running demo."""

    first: str
    phone: str
    panel: str
    public: str
    password: str

    async def log_in(self, page: Page, login: str) -> None:
        """As somebody who has the first page open beside the panel."""
        await page.goto(self.first)
        row = page.locator("tr", has=page.locator(f"code:text-is('{login}')"))
        code = await row.locator("code").nth(1).inner_text()
        await page.goto(self.panel)
        await page.fill("#login", login)
        await page.fill("#password", self.password)
        await page.fill("#code", code)
        await page.click("main form button")
        await page.wait_for_selector("nav")


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """Start it, read its addresses from what it prints, stop it with SIGTERM."""
    command = [sys.executable, "-c", "import app; app.main()", "demo", "--port-base", "0", "--data", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    alarm = threading.Timer(PATIENCE, process.kill)
    alarm.start()
    assert process.stdout
    printed = ""
    for line in process.stdout:
        printed += line
        if line.startswith("Ready"):
            break
    alarm.cancel()
    rest = threading.Thread(target=process.stdout.read)
    rest.start()
    try:
        addresses = re.findall(r"https?://\S+", printed)
        assert len(addresses) >= 4, printed
        password = re.search(r"Password of every login: (\S+)", printed)
        assert password, printed
        first, phone, panel, public = addresses[:4]
        yield Demo(first, phone, panel, public, password[1])
    finally:
        process.terminate()
        assert process.wait(20) == 0
        rest.join()
        process.stdout.close()
