"""The labs, listed by hand: a lab that is not in LABS does not exist."""

from __future__ import annotations

from workbench.lab.declare.random_networks import PREFIX, invented
from workbench.lab.declare.words import Lab
from workbench.lab.topologies import (
    balancer,
    bound,
    changing,
    choosy,
    data_filters,
    doubles,
    dressed,
    ends,
    ends_more,
    filters,
    firewall_pair,
    firewall_pair_more,
    foreign_sources,
    forgetful,
    frr_ecmp,
    gateways,
    half_closed,
    half_path,
    half_path_more,
    left_out,
    lifetimes,
    limits,
    long_ways,
    lossy,
    midflow,
    missing_logins,
    mtu,
    multi_homed,
    mute_hosts,
    neighbours,
    odd_ends,
    odd_flags,
    outlived,
    packet_logs,
    plain_routing,
    policy_routing,
    proxied,
    services,
    shared_lans,
    static_ecmp,
    strangers,
    targets,
    tracking,
    translation,
    tunnels,
    wrong_wire,
)

FAMILIES = (  # a line for each, in the order in which `lab list` shows them
    firewall_pair,
    plain_routing,
    half_path,
    multi_homed,
    frr_ecmp,
    firewall_pair_more,
    half_path_more,
    filters,
    ends,
    static_ecmp,
    midflow,
    translation,
    balancer,
    mtu,
    long_ways,
    gateways,
    policy_routing,
    shared_lans,
    missing_logins,
    packet_logs,
    ends_more,
    changing,
    limits,
    neighbours,
    lifetimes,
    data_filters,
    tracking,
    outlived,
    services,
    strangers,
    wrong_wire,
    doubles,
    forgetful,
    mute_hosts,
    tunnels,
    lossy,
    odd_ends,
    odd_flags,
    proxied,
    bound,
    targets,
    left_out,
    foreign_sources,
    dressed,
    half_closed,
    choosy,
)
LABS: tuple[Lab, ...] = tuple(lab for family in FAMILIES for lab in family.LABS)


def lab_named(name: str) -> Lab:
    """The lab of that name; `random-17` is the 17th network by chance. Raises LookupError with a
    sentence."""
    if (number := name.removeprefix(PREFIX)) != name and number.isdecimal():
        return invented(int(number))
    for lab in LABS:
        if lab.name == name:
            return lab
    raise LookupError(f"There is no lab called {name!r}; `lab list` shows them all.")
