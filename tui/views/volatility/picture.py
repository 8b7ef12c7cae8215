"""The volatilities of one chain at one moment, now or in the past, and how old they are."""

from __future__ import annotations

from dataclasses import dataclass

from core.clock import NS_PER_S
from core.desk.desk import Desk
from core.pricing.view import Smile, SurfaceGrid


@dataclass(frozen=True, slots=True)
class VolPicture:
    """What maps and curves are drawn from."""

    smiles: tuple[Smile, ...] = ()
    """Nearest expiry first."""
    classic: SurfaceGrid | None = None
    wide: SurfaceGrid | None = None

    def smile(self, expiry_ns: int | None) -> Smile | None:
        """The smile of one expiry; None when it is not there."""
        return next((one for one in self.smiles if one.expiry_ns == expiry_ns), None)


def now_picture(desk: Desk, chain: str) -> VolPicture:
    """What the pricing service published last of `chain`."""
    pricing = desk.pricing
    listed = desk.board.catalog.expiries.get(chain, ())
    found = (pricing.smiles.get((chain, expiry_ns)) for expiry_ns in listed)
    return VolPicture(
        tuple(one for one in found if one is not None),
        pricing.surfaces.get(chain),
        pricing.wide_surfaces.get(chain),
    )


def is_pricing_stale(desk: Desk) -> bool:
    """True when the pricing service has published nothing for several of its turns."""
    limit_s = max(desk.settings.venue.stale_after_s, 4 * desk.settings.pricing.every_s)
    return desk.clock.now_ns() - desk.pricing.at_ns > limit_s * NS_PER_S


def waiting_words(desk: Desk) -> str:
    """Why there are no volatilities yet."""
    if not desk.board.catalog.by_name:
        return "No instruments yet."
    return "No volatilities yet: waiting for quotes." if desk.pricing.at_ns else "Not priced yet."
