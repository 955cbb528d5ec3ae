"""The bench command can fail, and says where."""

import asyncio
import time

import pytest

from models.draft import Telling
from tests.bench.__main__ import BENCHES, run
from tests.bench.figures import Bench, Figure, Options, at
from tests.bench.filing import crowded


def rate_of(seconds: float) -> Bench:
    """A bench of something that takes so long."""

    async def bench(_options: Options) -> list[Figure]:
        async def file(_telling: Telling) -> None:
            await asyncio.sleep(seconds)

        began = time.perf_counter()
        await crowded([Telling() for _ in range(20)], 4, file)
        return [Figure("rate", 20 / (time.perf_counter() - began), "a second", least=60)]

    return bench


def test_a_planted_slow_variant_misses_the_bar(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rate"], {"rate": rate_of(0.0)}) == 0
    assert "MISSED" not in capsys.readouterr().out
    assert run(["rate"], {"rate": rate_of(0.1)}) == 1
    assert "(bar ≥ 60)  MISSED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "bars", "holds"),
    [
        (9.9, {"least": 10}, False),
        (10, {"least": 10}, True),
        (10, {"most": 10}, True),
        (10.1, {"most": 10}, False),
        (5, {"least": 1, "most": 4}, False),
        (5, {}, True),
    ],
)
def test_bars(value: float, bars: dict[str, float], holds: bool) -> None:
    assert Figure("x", value, "ms", **bars).holds is holds


def test_what_is_not_a_bench_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["stepz"])
    assert ended.value.code == 2
    assert "stepz" in capsys.readouterr().err


def test_only_the_named_ones_run_and_learn_of_full(capsys: pytest.CaptureFixture[str]) -> None:
    async def full(options: Options) -> list[Figure]:
        return [Figure("full", options.full, "")]

    assert run(["one", "--full"], {"one": full, "other": "tests.bench.nowhere:nothing"}) == 0
    assert capsys.readouterr().out == "full: 1 \n"


def test_every_bench_is_found() -> None:
    from tests.bench.__main__ import found

    assert all(callable(found(place)) for place in BENCHES.values())


def test_a_share_of_all() -> None:
    assert at([3.0, 1.0, 2.0], 0.5) == 2.0
    assert at([float(n) for n in range(100)], 0.99) == 99.0
