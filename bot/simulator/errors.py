"""What the Bot API refuses, and what a test did not find on the phone."""

import json
from typing import Any

Json = dict[str, Any]
# One encoder for all answers: json.dumps with options would build a new one each time.
encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_MANY = 401, 403, 404, 409, 429


class Refusal(Exception):
    """An answer with ok=false, worded as Telegram words it."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        """Keep the error code, the description and the parameters (retry_after)."""
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def as_json(self) -> Json:
        """The body Telegram would send."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body


def bad_request(what: str) -> Refusal:
    """A 400 with Telegram's prefix."""
    return Refusal(400, f"Bad Request: {what}")


def too_many(seconds: int) -> Refusal:
    """A 429 that says when to come back."""
    return Refusal(TOO_MANY, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


class NoSuchButtonError(LookupError):
    """The person cannot press what is not on the screen."""


class NotHeardError(AssertionError):
    """The bot did not say what the test waited for."""
