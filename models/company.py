"""Chats that are served together: what is asked of each is looked up once for all of them, when somebody asks."""

from collections.abc import Collection
from uuid import UUID

from models.officer import OfficerChat, chat_tag
from models.official import Reached, person_tag


class Company:
    """The chats of one group of steps."""

    def __init__(self, contact_ids: Collection[UUID]) -> None:
        self._ids = contact_ids
        self._registered: set[UUID] = set()
        self._links = -1  # how many links there were to be seen when it was looked up

    async def is_registered(self, contact_id: UUID) -> bool:
        """Whether an officer, somebody in office or a subscriber is behind this chat: no chat to be nobody in."""
        if self._links != Reached.links_made:  # never yet, or somebody has registered meanwhile
            self._registered, self._links = await _registered(self._ids), Reached.links_made
        return contact_id in self._registered


async def _registered(contact_ids: Collection[UUID]) -> set[UUID]:
    people = {person_tag(one): one for one in contact_ids}
    found = await Reached.filter(tag__in=list(people)).values_list("tag", flat=True)
    officers = {chat_tag(one): one for one in contact_ids}  # those of before there were links
    serving = await OfficerChat.filter(tag__in=list(officers)).values_list("tag", flat=True)
    return {people[bytes(tag)] for tag in found} | {officers[bytes(tag)] for tag in serving}
