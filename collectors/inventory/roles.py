"""Which role is meant by the field's other words: `lb`, `core-firewall`, NetBox's slugs?"""

from __future__ import annotations

import re
from itertools import pairwise

from collectors.model.inventory import Role

_WORDS = {
    Role.LOAD_BALANCER: (
        "lb slb glb nlb alb adc loadbalancer load_balancer balancer loadbalancers haproxy f5 bigip"
        " netscaler vip reverse_proxy proxy ingress envoy traefik gslb"
    ),
    Role.NAT: "nat snat dnat cgnat cgn natgw nat_gateway translator masquerade",
    Role.IDS: "ids ips idps sensor nids nips waf dpi inspection",
    Role.FIREWALL: (
        "fw ngfw firewall firewalls vfw utm asa ftd srx panos pan fortigate pfsense opnsense"
        " checkpoint"
    ),
    Role.ROUTER: (
        "router rtr rt gw gateway gateways switch switches sw l3switch l3_switch leaf spine core"
        " distribution dist access aggregation agg edge border pe ce p cpe wan tor route_reflector"
        " rr vpn vpn_gateway vpngw bng bras"
    ),
    Role.SERVER: (
        "server servers srv web www app api db database sql dns mail smtp ntp cache redis queue"
        " broker backend origin storage nas k8s_worker worker pod container"
    ),
    Role.CLIENT: (
        "client clients cli laptop desktop pc workstation user endpoint phone frontend_client"
    ),
    Role.HOST: (
        "host hosts node vm hypervisor machine linux bastion jump jumphost jumpbox monitoring"
        " generic"
    ),
}
_ROLES = {word: role for role, words in _WORDS.items() for word in words.split()} | {
    role.value: role for role in Role
}


def role_of(text: str) -> Role | None:
    """The role; of several words the whole counts first, then the last that says one, as in
    `access-switch`."""
    words = re.sub(r"[^a-z0-9]+", "_", text.strip().lower()).strip("_")
    parts = [_without_number(part) for part in words.split("_")]
    pairs = ["_".join(pair) for pair in pairwise(parts)]
    whole = (words, words.rstrip("0123456789_"))
    for name in (*whole, *reversed(pairs), *reversed(parts)):
        if name in _ROLES:
            return _ROLES[name]
    return None


def _without_number(part: str) -> str:
    return re.sub(r"\d+$", "", part) or part
