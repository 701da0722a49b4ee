"""How FRR spells remedies: as Linux does, but for routes that its daemons keep."""

from __future__ import annotations

import shlex

from collectors.model.remedy import Spelling, speller
from collectors.model.remedy.routes import SetRoute
from collectors.platforms.linux.remedies import REMEDIES
from collectors.platforms.linux.remedies import routes as kernel
from collectors.platforms.linux.remedies.quoting import word


def set_route(remedy: SetRoute) -> Spelling:
    """A static route of the daemon; tables of policy rules are the kernel's own."""
    if remedy.table is not None and remedy.table not in kernel.PLAIN_TABLES:
        return kernel.set_route(remedy)
    gateway = remedy.gateway
    family = "ip" if remedy.destination.version == 4 else "ipv6"
    line = f"{family} route {kernel.prefix(remedy.destination)} {gateway}"
    line += f" {word(remedy.interface)}" if gateway.is_link_local else ""
    begin = "vtysh -c 'configure terminal' -c"
    return Spelling(
        (f"{begin} {shlex.quote(line)}",),
        (f"{begin} {shlex.quote(f'no {line}')}",),
        proof=kernel.route_proof(remedy),
    )


spell = speller({**REMEDIES, SetRoute: set_route})
