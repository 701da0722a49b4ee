"""The labs, listed by hand: a lab that is not in LABS does not exist."""

from __future__ import annotations

from workbench.lab.declare import Lab
from workbench.lab.topologies import firewall_pair, frr_ecmp, half_path, multi_homed, plain_routing

FIRST = (*firewall_pair.LABS, *plain_routing.LABS, *half_path.LABS, *multi_homed.LABS, *frr_ecmp.LABS)
LABS: tuple[Lab, ...] = FIRST


def lab_named(name: str) -> Lab:
    """The lab of that name. Raises LookupError with a sentence."""
    for lab in LABS:
        if lab.name == name:
            return lab
    raise LookupError(f"There is no lab called {name!r}; `lab list` shows them all.")
