"""What one writes, another approves, and nobody changes unseen: a broadcast, a quiz. Four eyes are models/proposal.py.

A lesson keeps its versions and is its own case: models/publishing.py.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, Self
from uuid import UUID

from tortoise.expressions import Q
from tortoise.models import Model

from models import proposal
from models.actor import Actor
from models.audit import Act, Audit
from models.db import advisory_lock, transaction
from models.errors import Conflict, Forbidden, NotFound
from models.policy import Action, may, require
from models.proposal import Proposal, deciding_unit, new_proposal
from models.terms import ProposalKind, ProposalState

PAGE: Final = 30


class Reviewed(Model):
    """A draft; proposed; then decided on by the people of `decider_id`, none of whom wrote or proposed it."""

    PROPOSED_AS: ClassVar[ProposalKind]
    DRAFT: ClassVar[StrEnum]
    PROPOSED: ClassVar[StrEnum]
    WRITTEN: ClassVar[tuple[str, ...]]
    """The columns that whoever writes it fills in."""
    MOVED_ON: ClassVar[str]
    """The sentence for who comes too late."""

    id: Any
    unit_id: UUID
    decider_id: UUID | None
    author_id: UUID | None
    proposer_id: UUID | None
    state: Any
    made_at: datetime

    class Meta:
        abstract = True

    # Reading it

    @classmethod
    async def of(cls, actor: Actor, object_id: UUID) -> Self:
        """One of the actor's unit, or one its people decide on. NotFound for others."""
        require(actor, Action.LIST_CAMPAIGNS)
        found = await cls.filter(_seen_by(actor)).get_or_none(id=object_id)
        if found is None:
            raise NotFound
        return found

    @classmethod
    async def listed(cls, actor: Actor, *, before: UUID | None = None) -> tuple[list[Self], UUID | None]:
        """Thirty, newest first, and the one behind which the next page begins."""
        require(actor, Action.LIST_CAMPAIGNS)
        rows = cls.filter(_seen_by(actor))
        if before and (last := await cls.get_or_none(id=before)):
            rows = rows.filter(Q(made_at__lt=last.made_at) | Q(made_at=last.made_at, id__lt=last.id))
        found = await rows.order_by("-made_at", "-id").limit(PAGE + 1)
        return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None

    def own(self, actor: Actor) -> None:
        """Forbidden for those who only decide on it."""
        if self.unit_id != actor.unit_id:
            raise Forbidden

    def can_be_approved_by(self, actor: Actor) -> bool:
        """Whether the button is his: he may, his unit decides, and it is not his own."""
        his = self.decider_id == actor.unit_id and actor.id not in {self.author_id, self.proposer_id}
        return self.state == self.PROPOSED and his and may(actor, Action.APPROVE_CAMPAIGN)

    @property
    def is_open(self) -> bool:
        """Whether it can still be rewritten."""
        return self.state in {self.DRAFT, self.PROPOSED}

    def stamp(self) -> str:
        """What is written in it, in sixteen characters: a form brings it back, so that nobody overwrites unseen."""
        told = json.dumps([getattr(self, name) for name in self.WRITTEN], default=_plain, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    # Changing it

    async def hold(self, given: Collection[StrEnum], **columns: Any) -> None:
        """Conflict unless it still stands so, and nobody else changes it before this transaction ends."""
        await advisory_lock(f"{self._meta.db_table} {self.id}")
        if not await type(self).filter(id=self.id, state__in=list(given), **columns).exists():
            raise Conflict(self.MOVED_ON)

    async def note(self, act: Act, actor: Actor | None) -> None:
        """The audit line of one change, in the caller's transaction."""
        await Audit.record(act, unit_id=self.unit_id, actor_id=actor.id if actor else None, object_id=self.id)

    async def rewrite(self, act: Act, actor: Actor, read: str | None) -> None:
        """Store what was written into it. What was proposed is so no longer.

        Forbidden for another unit's; Conflict once it is decided, and when it says something else than what the writer
        `read` (the stamp that his form brought back) and than what he writes: a form may come twice.
        """
        self.own(actor)
        self.state, self.proposer_id = self.DRAFT, None
        async with transaction():
            await self.hold({self.DRAFT, self.PROPOSED})
            present = await type(self).get(id=self.id)
            if read not in {None, present.stamp()} and self.stamp() != present.stamp():
                raise Conflict("error.rewritten")
            await self.save(update_fields=[*self.WRITTEN, "author_id", "state", "proposer_id"])
            await self.withdraw_proposal()
            await self.note(act, actor)

    async def withdraw_proposal(self) -> None:
        """What was proposed has changed or come to nothing. In the caller's transaction."""
        rows = Proposal.filter(kind=self.PROPOSED_AS, object_id=self.id, state=ProposalState.OPEN)
        await rows.update(state=ProposalState.EXPIRED)

    @classmethod
    async def hold_proposed(cls, found: Proposal) -> None:
        """Nobody rewrites it while it is decided. Conflict when it is not proposed any more."""
        await (await cls.get(id=found.object_id)).hold({cls.PROPOSED})

    @classmethod
    async def refused(cls, found: Proposal) -> None:
        """The effect of declining it or taking it back: a draft again, as it was written."""
        await cls.filter(id=found.object_id).update(state=cls.DRAFT)


async def put_forward(actor: Actor, one: Reviewed, *, besides: Iterable[UUID] = ()) -> None:
    """Ask for approval by somebody who is none of `besides`. Conflict when it is no draft, or nobody is there."""
    apart = [person for person in (actor.id, one.author_id, *besides) if person]
    decider = await deciding_unit(one.PROPOSED_AS, start=one.unit_id, besides=apart)
    about = one.author_id if one.author_id != actor.id else None
    async with transaction():
        # The author too, or who wrote it meanwhile could approve it.
        await one.hold({one.DRAFT, one.PROPOSED}, author_id=one.author_id)
        one.state, one.proposer_id, one.decider_id = one.PROPOSED, actor.id, decider
        await one.save(update_fields=["state", "proposer_id", "decider_id"])
        await proposal.put(new_proposal(actor, one.PROPOSED_AS, one.id, unit_id=decider, about_id=about))


async def waiting(one: Reviewed) -> Proposal | None:
    """The proposal that waits for a decision, if there is one."""
    return await proposal.waiting(one.PROPOSED_AS, one.id)


async def decide(actor: Actor, one: Reviewed, *, approve: bool, asked: UUID | None = None) -> None:
    """Approve it, or send it back to its author. Errors as `proposal.to_decide` and `proposal.approve`."""
    found = await proposal.to_decide(one.PROPOSED_AS, one.id, asked)
    await (proposal.approve(actor, found.id) if approve else proposal.decline(actor, found.id))
    await one.refresh_from_db()


def _plain(value: object) -> str:
    """The same moment is the same in every zone."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _seen_by(actor: Actor) -> Q:
    return Q(unit_id=actor.unit_id) | Q(decider_id=actor.unit_id)
