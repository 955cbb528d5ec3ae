"""Each route says who may come. A handler that says nothing is refused, and the suite fails."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from models.policy import Action

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Mark = Callable[[Handler], Handler]


@dataclass(frozen=True, slots=True)
class Policy:
    """`action` is None for what any member may do for himself, or for what everybody may.

    `files`: its forms may bring files, so the gate reads them piece by piece and hands on a `Posted`.
    `spreadsheet`: its form brings one, which is read into memory.
    `material`: its form may bring one photo, film or file, which is kept (admin/bringing.py).
    """

    action: Action | None = None
    public: bool = False
    files: bool = False
    spreadsheet: bool = False
    material: bool = False


_policies: Final[dict[Handler, Policy]] = {}


def action(needed: Action, *, files: bool = False, spreadsheet: bool = False, material: bool = False) -> Mark:
    """Members whose role may do this. The domain asks again, with the object."""

    def mark(handler: Handler) -> Handler:
        _policies[handler] = Policy(action=needed, files=files, spreadsheet=spreadsheet, material=material)
        return handler

    return mark


def member(handler: Handler) -> Handler:
    """Everybody who is logged in, for what is his own."""
    _policies[handler] = Policy()
    return handler


def public(handler: Handler) -> Handler:
    """Everybody. No session is opened."""
    _policies[handler] = Policy(public=True)
    return handler


def policy_of(handler: object) -> Policy | None:
    """What a handler declared."""
    return _policies.get(handler)  # type: ignore[call-overload, no-any-return]
