"""How Linux spells each remedy: iproute2, sysctl, nftables or iptables, conntrack-tools."""

from collectors.model.remedy import Spellers, speller
from collectors.platforms.linux.remedies import (
    filters,
    hosts,
    limits,
    neighbours,
    routes,
    sessions,
    sizes,
    translation,
)

REMEDIES: Spellers = {
    **filters.REMEDIES,
    **hosts.REMEDIES,
    **limits.REMEDIES,
    **neighbours.REMEDIES,
    **routes.REMEDIES,
    **sessions.REMEDIES,
    **sizes.REMEDIES,
    **translation.REMEDIES,
}
spell = speller(REMEDIES)
