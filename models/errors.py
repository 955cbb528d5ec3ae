"""Errors of the domain: a key and data. The words come late, in locales; each edge maps type to page or reply."""

from typing import Any


class DomainError(Exception):
    """Something the user can understand and act on. `key` names the sentence in the catalogs."""

    def __init__(self, key: str, **params: Any) -> None:
        super().__init__(key)
        self.key = key
        self.params = params


class Invalid(DomainError):
    """What was given cannot be used as it is; nothing was changed."""


class NotFound(DomainError):
    """There is no such thing for this actor. Absent and hidden look alike."""

    def __init__(self, key: str = "error.not_found", **params: Any) -> None:
        super().__init__(key, **params)


class Forbidden(DomainError):
    """The actor sees the object, but this act is not his."""

    def __init__(self, key: str = "error.forbidden", **params: Any) -> None:
        super().__init__(key, **params)


class Conflict(DomainError):
    """The object has moved on since the actor looked."""


class Repeated(Conflict):
    """This very form was taken before: what it asked for is done, and nothing is done twice."""

    def __init__(self) -> None:
        super().__init__("error.repeated")


class Gone(Conflict):
    """What was being told was handed in, changed or given up on another page meanwhile; nothing of it was stored."""

    def __init__(self) -> None:
        super().__init__("draft.elsewhere")


class Throttled(DomainError):
    """Too many tries. `seconds` says how long to wait."""

    def __init__(self, key: str, *, seconds: int) -> None:
        super().__init__(key, minutes=max(1, round(seconds / 60)))
        self.seconds = seconds


class NotOpen(DomainError):
    """No office with keys may take this matter. `Superior` tells where else to go."""


class Corrupt(DomainError):
    """A key or directory entry does not check. Nothing was sealed to it; an operator must look."""

    def __init__(self, key: str = "error.directory") -> None:
        super().__init__(key)
