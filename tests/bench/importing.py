"""The county's spreadsheet: two thousand officers, from the file to the last one appointed; villages found by name."""

import asyncio
import io
import random
import time
from statistics import median
from uuid import UUID

from openpyxl import Workbook
from pypinyin import lazy_pinyin

from admin.spreadsheet import read_lines
from models import importing as verbs
from models.finding import spellings
from models.officer import Officer
from models.terms import UnitKind
from models.unit import Node, Tree
from tests.bench.county import county
from tests.bench.figures import Figure, Options, at

OFFICERS, VILLAGES, TOWNSHIPS = 2_000, 600, 20
SYLLABLES = "清石桥杨柳河湾家坪红岩双马云顶白果新民大小上下东西南北王李张赵周吴郑高低山川田林"
TRIES = 3


async def importing(_options: Options) -> list[Figure]:
    """Both, one after the other."""
    return [*await _officers(), *_search()]


async def _officers() -> list[Figure]:
    async with county() as (world, _):
        actor, towns = await world.actor("xitong"), ("石桥镇", "柳河镇")
        began = time.perf_counter()
        found = await read_lines(_book(towns))
        made = await verbs.prepare(actor, file="bench.xlsx", lines=found.lines)
        looked = time.perf_counter()
        await verbs.start(actor, made.id)
        seen, working = 0, asyncio.create_task(verbs.work())
        while not working.done():  # somebody watches the bar
            await verbs.find(actor, made.id)
            seen += 1
            await asyncio.sleep(0.1)
        await working
        done = time.perf_counter()
        if await Officer.all().count() != OFFICERS:
            raise AssertionError(f"{await Officer.all().count()} officers")
    return [
        Figure("import.officers_2000", done - began, "s", most=20),
        Figure("import.preview", looked - began, "s"),
        Figure("import.progress_seen", seen, "times"),
    ]


def _book(towns: tuple[str, ...]) -> bytes:
    book = Workbook()
    villages, officers = book.create_sheet("a", 0), book.create_sheet("b", 1)
    villages.append(["乡镇", "村", "曾用名"])
    officers.append(["乡镇", "村", "联络员"])
    for n in range(VILLAGES):
        villages.append([towns[n % len(towns)], f"第{n}村", f"老{n}沟"])
    for n in range(OFFICERS):
        officers.append([towns[n % VILLAGES % len(towns)], f"第{n % VILLAGES}村", f"联络员{n}"])
    told = io.BytesIO()
    book.save(told)
    return told.getvalue()


def _search() -> list[Figure]:
    units, villages = _county()
    drawn = random.Random(7).sample(villages, 60)
    pinyin = ["".join(lazy_pinyin(village.name)) for village in drawn]
    asked = {
        "name": [village.name for village in drawn],
        "pinyin": pinyin,
        "slip": [f"{latin[:3]}{latin[4:]}" for latin in pinyin],  # a letter left out: the dearest way
        "after_township": [units[village.parent_id or village.id].name + village.name for village in drawn],
        "nothing": [f"无{village.name[0]}" for village in drawn],
    }
    waits = {way: _waits(units, typed) for way, typed in asked.items()}
    return [
        *(Figure(f"search.{way}_p50", median(each), "ms", most=5) for way, each in waits.items()),
        Figure("search.slip_to_name", median(waits["slip"]) / median(waits["name"]), "×"),
        Figure("search.p99", at([wait for each in waits.values() for wait in each], 0.99), "ms"),
    ]


def _waits(units: Tree, typed: list[str]) -> list[float]:
    """Milliseconds of each, the best of a few tries: a busy neighbour only ever adds."""
    waits: list[float] = []
    for text in typed:
        tries: list[float] = []
        for _ in range(TRIES):
            began = time.perf_counter()
            units.search(text)
            tries.append((time.perf_counter() - began) * 1000)
        waits.append(min(tries))
    return waits


def _county() -> tuple[Tree, list[Node]]:
    chance = random.Random(3)

    def place(number: int, parent: UUID | None, kind: UnitKind, ending: str, old: int) -> Node:
        name = "".join(chance.sample(SYLLABLES, chance.choice((2, 3)))) + ending
        former = tuple("".join(chance.sample(SYLLABLES, 2)) for _ in range(old))
        return Node(UUID(int=number), parent, kind, name, name, {}, spellings(name, former))

    towns = [place(n + 1, None, UnitKind.TOWNSHIP, "镇", 0) for n in range(TOWNSHIPS)]
    villages = [place(n + 100, towns[n % TOWNSHIPS].id, UnitKind.VILLAGE, "村", 2) for n in range(VILLAGES)]
    return Tree({node.id: node for node in (*towns, *villages)}), villages
