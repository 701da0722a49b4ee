"""How ToyOS spells remedies."""

from __future__ import annotations

from collectors.model.remedy import Spelling, speller
from collectors.model.remedy.routes import SetRoute


def set_route(remedy: SetRoute) -> Spelling:
    """One address by one neighbour."""
    way = f"{remedy.destination} by {remedy.gateway}"
    return Spelling((f"route add {way}",), (f"route remove {way}",))


spell = speller({SetRoute: set_route})
