"""Who acts: a member of staff with his session's key, for one request. Nothing it opens outlives the request."""

from typing import TYPE_CHECKING
from uuid import UUID

from models.errors import NotFound
from models.sealing import Purpose, unseal
from models.terms import RingPurpose, Role

if TYPE_CHECKING:
    from models.staff import Staff


class Actor:
    """Permission comes from Access rows and policy; ability from the rings this actor can open."""

    def __init__(self, staff: "Staff", secret: bytes) -> None:
        self.staff = staff
        self._secret = secret
        self._rings: dict[UUID, bytes] = {}

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
    def unit_id(self) -> UUID:
        """The unit the member works for."""
        return self.staff.unit_id

    async def ring_secret(self, ring_id: UUID) -> bytes:
        """Open a ring through his own grant. NotFound when he holds none."""
        if ring_id not in self._rings:
            from models.ring import Grant

            grant = await Grant.get_or_none(ring_id=ring_id, staff_id=self.staff.id)
            if grant is None:
                raise NotFound
            self._rings[ring_id] = unseal(self._secret, grant.sealed, Purpose.RING_SECRET, grant.id)
        return self._rings[ring_id]

    async def held(self, purpose: RingPurpose) -> frozenset[UUID]:
        """The rings of his own unit he holds for this purpose, every version."""
        from models.ring import Grant

        rows = Grant.filter(staff_id=self.staff.id, ring__unit_id=self.unit_id, ring__purpose=purpose)
        return frozenset([row["ring_id"] for row in await rows.values("ring_id")])
