"""Reads the tree as text and says where it breaks the one-way rule of docs/architecture.md.

Each check answers `file:line what`. They parse, and never import, so that lazy imports within functions count
like those at the top.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOMS = ("models", "locales", "settings", "bot", "admin", "cli", "app", "tests")
MAY_IMPORT: dict[str, frozenset[str]] = {
    "models": frozenset({"models"}),
    "locales": frozenset({"locales"}),
    "settings": frozenset({"settings", "models"}),
    "bot": frozenset({"bot", "models", "settings", "locales"}),
    "admin": frozenset({"admin", "models", "settings", "locales"}),
    "cli": frozenset(ROOMS) - {"tests"},
    "app": frozenset(ROOMS) - {"tests"},
    "tests": frozenset(ROOMS),
}
EDGES_ONLY = frozenset({"telegram", "aiohttp", "jinja2", "aiohttp_jinja2", "apscheduler"})
MEET_THE_SIMULATOR = ("bot/simulator/", "cli/demo.py", "tests/")
OPENS_TRANSACTIONS = frozenset(
    {"transaction", "atomic", "savepoint", "for_update", "advisory_lock", "on_commit", "on_rollback"}
)
WRITES = frozenset({"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"})
ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv"})
IMPORTERS = frozenset({"import_module", "__import__", "resolve_name"})
SKIPPED = frozenset({"data", "build", "dist", "shots", "__pycache__", "migrations"})
TEXTS = frozenset({".py", ".toml", ".md", ".lock", ".html", ".js", ".css", ".po", ".yml", ".yaml", ".sh", ".txt", ""})
# Written so that it does not match itself.
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:[w]ork|[h]ome|[r]oot|[U]sers)/[\w.-]+")
REGISTRY = re.compile(
    r"[-]-(?:extra-)?index-url|[p]ypi\.org|[p]ythonhosted|[a]rtifactory|[n]pmjs|[j]sdelivr|[u]npkg\.com"
)


def wrong_imports(root: Path) -> list[str]:
    """Rooms that reach where they must not, and the domain meeting an edge's library."""
    return [
        f"{_where(root, path, node)} imports {name}"
        for path, node, name in _imports(root)
        if (_top(name) in ROOMS and _top(name) not in MAY_IMPORT[_room(root, path)])
        or (_room(root, path) == "models" and _top(name) in EDGES_ONLY)
    ]


def simulator_guests(root: Path) -> list[str]:
    """Whoever imports the simulator beside the demo and tests."""
    return [
        f"{_where(root, path, node)} imports {name}"
        for path, node, name in _imports(root)
        if f"{name}.".startswith("bot.simulator.") and not _relative(root, path).startswith(MEET_THE_SIMULATOR)
    ]


def readers_of_environment(root: Path) -> list[str]:
    """Modules other than settings that read the environment."""
    return [
        f"{_where(root, path, node)} reads the environment"
        for path, node in _nodes(root)
        if _room(root, path) not in {"settings", "tests"} and _reads_environment(node)
    ]


def writers_outside_models(root: Path) -> list[str]:
    """Transactions opened, rows written or the ORM imported anywhere but in models."""
    found = [
        f"{_where(root, path, node)} imports {name}"
        for path, node, name in _imports(root)
        if _room(root, path) not in {"models", "tests"}
        and (_top(name) == "tortoise" or (name.startswith("models.db.") and _last(name) in OPENS_TRANSACTIONS))
    ]
    return found + [
        f"{_where(root, path, node)} writes rows"
        for path, node in _nodes(root)
        if _room(root, path) not in {"models", "tests"} and isinstance(node, ast.Await) and _is_write(node.value)
    ]


def machine_words(root: Path) -> list[str]:
    """Paths of one machine, and hosts of registries: neither belongs into a tree that others check out."""
    return [
        f"{_relative(root, path)}:{number} {found[0]}"
        for path in _files(root)
        if path.suffix in TEXTS
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if (found := MACHINE_PATH.search(line) or REGISTRY.search(line))
    ]


def _imports(root: Path) -> Iterator[tuple[Path, ast.AST, str]]:
    """Every imported name, as deep as the statement tells: `from models.db import x` is models.db.x."""
    for path, node in _nodes(root):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = _package(root, path, node)
            names = [f"{package}.{alias.name}" for alias in node.names]
        else:
            names = _imported_by_call(node)
        for name in names:
            yield path, node, name


def _package(root: Path, path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = path.relative_to(root).parent.parts
    return ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [node.module])])


def _imported_by_call(node: ast.AST) -> list[str]:
    if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
        return []
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return [str(node.args[0].value).replace(":", ".")] if called in IMPORTERS else []


def _reads_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(alias.name in ENVIRONMENT for alias in node.names)
    return isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT


def _is_write(node: ast.AST) -> bool:
    """Awaited `.save()`, `.create()` …, `.delete()` of a row, `.update()` and `.delete()` of a query."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in WRITES:
        return True
    is_query = isinstance(node.func.value, ast.Call) and bool({"filter", "all", "exclude"} & set(_called(node.func)))
    bare_delete = node.func.attr == "delete" and not node.args and not node.keywords
    return bare_delete or (node.func.attr in {"update", "delete"} and is_query)


def _called(node: ast.AST) -> Iterator[str]:
    return (one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute))


def _nodes(root: Path) -> Iterator[tuple[Path, ast.AST]]:
    for path in _files(root):
        if path.suffix == ".py" and _room(root, path) in ROOMS:
            for node in _telling(path, path.stat().st_mtime_ns):
                yield path, node


@cache
def _telling(path: Path, _written: int) -> tuple[ast.AST, ...]:
    """The nodes any check looks at; several checks read the same file."""
    looked_at = (ast.Import, ast.ImportFrom, ast.Call, ast.Attribute, ast.Await)
    return tuple(node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, looked_at))


def _where(root: Path, path: Path, node: ast.AST) -> str:
    return f"{_relative(root, path)}:{getattr(node, 'lineno', 0)}"


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.iterdir()):
        if path.is_file():
            yield path
        elif path.name == ".ci" or not (path.name.startswith(".") or path.name in SKIPPED or "egg-info" in path.name):
            yield from _files(path)


def _room(root: Path, path: Path) -> str:
    return path.relative_to(root).parts[0].removesuffix(".py")


def _relative(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _top(name: str) -> str:
    return name.partition(".")[0]


def _last(name: str) -> str:
    return name.rpartition(".")[2]
