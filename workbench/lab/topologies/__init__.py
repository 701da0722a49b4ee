"""The labs, listed by hand: a lab that is not in LABS does not exist."""

from __future__ import annotations

from workbench.lab.declare import Lab
from workbench.lab.invented import PREFIX, invented
from workbench.lab.topologies import (
    balancer,
    changing,
    data_filters,
    doubles,
    ends,
    ends_more,
    filters,
    firewall_pair,
    firewall_pair_more,
    forgetful,
    frr_ecmp,
    gateways,
    half_path,
    half_path_more,
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
    packet_logs,
    plain_routing,
    policy_routing,
    shared_lans,
    static_ecmp,
    strangers,
    targets,
    tracking,
    translation,
    tunnels,
    wrong_wire,
)

FIRST = (*firewall_pair.LABS, *plain_routing.LABS, *half_path.LABS, *multi_homed.LABS, *frr_ecmp.LABS)
MORE = (firewall_pair_more, half_path_more, filters, ends, static_ecmp, midflow, translation, balancer, mtu, long_ways)
LAST = (gateways, policy_routing, shared_lans, missing_logins, packet_logs, ends_more, changing)
NEWER = (limits, neighbours, lifetimes, data_filters, tracking, strangers, wrong_wire)
NEWEST = (doubles, forgetful, mute_hosts, tunnels, lossy, odd_ends, targets)
LABS: tuple[Lab, ...] = (*FIRST, *(lab for family in (*MORE, *LAST, *NEWER, *NEWEST) for lab in family.LABS))


def lab_named(name: str) -> Lab:
    """The lab of that name; `random-17` is the 17th network by chance. Raises LookupError with a sentence."""
    if (number := name.removeprefix(PREFIX)) != name and number.isdecimal():
        return invented(int(number))
    for lab in LABS:
        if lab.name == name:
            return lab
    raise LookupError(f"There is no lab called {name!r}; `lab list` shows them all.")
