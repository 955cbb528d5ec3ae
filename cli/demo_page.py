"""The demo's first page: where everything is, and every login with its present one-time code.

It tells secrets of a made-up county to this machine only, and renews itself when the codes change.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import escape
from http import HTTPStatus

from aiohttp import web

from locales import t
from models import clock
from models.clock import SHANGHAI
from models.demo import PASSWORD, accounts, code_at, receipts

STEP_SECONDS = 30
STYLE = """
body{font:16px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{padding:.25rem .6rem;border-bottom:1px solid #ccc;text-align:left}
code{font-size:1.05em;user-select:all}a{font-size:1.1em}.quiet{color:#666}
"""
TOUR = (
    ("shiqiao.shouli", "联络员交来的提醒等着看：采用、退回、并入。 An officer's reminder waits: take, return, merge."),
    (
        "shiqiao.shuji",
        "一条庙会提醒待批；发完的一条看知晓情况。 A draft waits for approval; a finished one has figures.",
    ),
    ("yunling.shuji", "廉洁课堂、以考促学、发下去的课。 Lessons, a quiz with results, a lesson sent to all."),
    ("赵会计", "手机上有一课：看全文、做题、知晓。 On his phone: a lesson, its quiz, a button to say he has read it."),
)
"""Who to be, and what there is to see."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Links:
    """Where things are."""

    first: str
    phone: str
    panel: str
    public: str


@asynccontextmanager
async def running(links: Links, port: int) -> AsyncIterator[None]:
    """Serve the page to this machine."""

    async def show(request: web.Request) -> web.Response:
        # A foreign name that resolves to this machine (DNS rebinding) is not this page.
        if request.host.partition(":")[0] not in {"127.0.0.1", "localhost"}:
            raise web.HTTPForbidden
        return web.Response(text=page(links), content_type="text/html", headers=HEADERS, status=HTTPStatus.OK)

    application = web.Application()
    application.router.add_get("/", show)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


def page(links: Links) -> str:
    """The whole page, without a script."""
    now = clock.now()
    left = STEP_SECONDS - int(now.timestamp()) % STEP_SECONDS
    people = "".join(
        _row(one.office, one.name, t("zh_CN", f"term.Role.{one.role}"), _code(one.login), _code(code_at(one, now)))
        for one in accounts()
    )
    codes = "".join(_row(place, _code(code)) for code, place in receipts())
    return f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>清风站 · 演示</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="{left + 1}">
<style>{STYLE}</style></head><body>
<h1>清风站 · 演示</h1><p class="quiet">云岭县和这里的每个人、每件事都是虚构的。 Everything here is made up.</p>
<ul><li>{_link(links.phone, "手机（模拟 Telegram）")} phone
<span class="quiet">陈联络员 liaison officer · 赵会计、孙站长 in office · 王大爷 subscribed to lessons</span></li>
<li>{_link(links.public, "群众页面")} residents' site</li><li>{_link(links.panel, "工作台")} staff panel</li></ul>
<h2>提醒宣教 Outreach</h2><ul>{"".join(f"<li>{_code(who)} {escape(what)}</li>" for who, what in TOUR)}</ul>
<p class="quiet">群发只在北京时间 8–20 点发出，现在 {now.astimezone(SHANGHAI):%H:%M}。
Broadcasts go out between 08:00 and 20:00 Shanghai time only.</p>
<h2>工作台登录 Logins</h2>
<p>所有账号的密码 password: {_code(PASSWORD)} <span class="quiet">动态码还有 {left} 秒更换</span></p>
<table><tr><th>单位</th><th>姓名</th><th>角色</th><th>账号</th><th>动态码</th></tr>{people}</table>
<h2>可以查的回执 Receipts</h2><table><tr><th>地点</th><th>查询码</th></tr>{codes}</table>
</body></html>"""


def _row(*cells: str) -> str:
    # What arrives is text, or markup made by _code.
    return (
        "<tr>" + "".join(f"<td>{cell if cell.startswith('<code>') else escape(cell)}</td>" for cell in cells) + "</tr>"
    )


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _link(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{escape(words)}</a>'
