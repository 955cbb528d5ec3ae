"""`python -m tests.bench [name …] [--full]`: one line a figure; exit 1 when one misses its bar."""

import argparse
import asyncio
import logging
import pkgutil
import sys
from collections.abc import Mapping, Sequence

from tests.bench.figures import Bench, Figure, Options

BENCHES = {
    name: f"tests.bench.{name}:{name}"
    for name in ("starting", "filing", "public", "lists", "logins", "steps", "importing", "outreach", "broadcasts")
}


def run(arguments: Sequence[str], benches: Mapping[str, str | Bench] = BENCHES) -> int:
    """Runs what is asked for, else everything; answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(benches)}; all when none is given")
    parser.add_argument("--full", action="store_true", help="the long form: a minute of thirty steps a second")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(benches):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    for name in given.names or benches:
        for figure in asyncio.run(found(benches[name])(Options(full=given.full))):
            sys.stdout.write(f"{figure}\n")
            sys.stdout.flush()
            figures.append(figure)
    return 0 if all(figure.holds for figure in figures) else 1


def found(place: str | Bench) -> Bench:
    """Found late: each brings libraries of its own."""
    bench: Bench = pkgutil.resolve_name(place) if isinstance(place, str) else place
    return bench


if __name__ == "__main__":
    logging.disable(logging.INFO)  # the process is ours alone: a test that calls run() keeps its log
    sys.exit(run(sys.argv[1:]))
