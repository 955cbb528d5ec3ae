"""Who acts: a member of staff with his session's key, for one request. Nothing it opens outlives the request."""

from typing import TYPE_CHECKING
from uuid import UUID

from models.errors import Corrupt, NotFound
from models.sealing import Purpose, public_of, unlock, unseal
from models.terms import RingPurpose, Role

if TYPE_CHECKING:
    from models.staff import Staff


class Actor:
    """Permission comes from Access rows and policy; ability from the rings this actor can open."""

    def __init__(self, staff: "Staff", secret: bytes, standing_in: frozenset[Role] = frozenset()) -> None:
        self.staff = staff
        self._standing_in = standing_in
        self._secret = secret
        self._rings: dict[UUID, bytes] = {}
        self._held: list[tuple[RingPurpose, UUID]] | None = None

    def __repr__(self) -> str:
        return f"Actor({self.staff.id})"

    @property
    def id(self) -> UUID:
        """The member's id."""
        return self.staff.id

    @property
    def role(self) -> Role:
        """The member's role."""
        return self.staff.role

    @property
    def roles(self) -> frozenset[Role]:
        """His role, and those of the members he stands in for today."""
        return self._standing_in | {self.staff.role}

    @property
    def unit_id(self) -> UUID:
        """The unit the member works for."""
        return self.staff.unit_id

    def open_own(self, envelope: bytes, purpose: Purpose, row: UUID) -> bytes:
        """What was sealed to his own key. Refused when it was not."""
        return unseal(self._secret, envelope, purpose, row)

    def forget_held(self) -> None:
        """What he holds has just changed."""
        self._held = None

    async def ring_secret(self, ring_id: UUID) -> bytes:
        """Open a ring through his own grant, or a former version through a newer one. NotFound when he holds none.

        Corrupt when what he opened is not the secret of the ring's public key.
        """
        if ring_id not in self._rings:
            from models.ring import Grant

            grant = await Grant.get_or_none(ring_id=ring_id, staff_id=self.staff.id).select_related("ring")
            if grant is None:
                self._rings[ring_id] = await self._former_secret(ring_id)
            else:
                secret = unseal(self._secret, grant.sealed, Purpose.RING_SECRET, grant.id)
                self._rings[ring_id] = _checked(secret, grant.ring.public)
        return self._rings[ring_id]

    async def _former_secret(self, ring_id: UUID) -> bytes:
        from models.ring import Former

        link = await Former.get_or_none(ring_id=ring_id).select_related("ring", "newer")
        if link is None or link.newer.version <= link.ring.version:
            raise NotFound
        newer = await self.ring_secret(link.newer_id)
        return _checked(unlock(newer, link.secret, Purpose.RING_PREVIOUS, link.id), link.ring.public)

    async def held(self, purpose: RingPurpose) -> frozenset[UUID]:
        """The rings of his own unit he holds for this purpose, every version. Asked once in a request."""
        if self._held is None:
            self._held = await self._all_held()
        return frozenset(ring for held, ring in self._held if held == purpose)

    async def _all_held(self) -> list[tuple[RingPurpose, UUID]]:
        """Through his grants, and from each of them down the chain of former versions."""
        from models.ring import Former, Grant

        granted = Grant.filter(staff_id=self.staff.id, ring__unit_id=self.unit_id)
        held = {row["ring_id"]: row["ring__purpose"] for row in await granted.values("ring_id", "ring__purpose")}
        chain = Former.filter(ring__unit_id=self.unit_id).order_by("-newer__version")
        for link in await chain.values("ring_id", "newer_id"):
            if link["newer_id"] in held:
                held.setdefault(link["ring_id"], held[link["newer_id"]])
        return [(purpose, ring_id) for ring_id, purpose in held.items()]


def _checked(secret: bytes, public: bytes) -> bytes:
    """An opened ring secret must reproduce the ring's public key."""
    if public_of(secret) != public:
        raise Corrupt
    return secret
