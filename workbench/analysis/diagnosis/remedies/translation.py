"""Fixes for replies that miss the device that translated the flow."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.flow import Address
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.diagnosis.facts.stops.stops import Stop
from workbench.analysis.diagnosis.facts.translation.foreign_answers import Stranger
from workbench.analysis.diagnosis.facts.translation.past_the_translator import Bypass
from workbench.analysis.diagnosis.facts.translation.translators import (
    hides_source,
    to_another_server,
)
from workbench.analysis.diagnosis.remedies.filters import mend_acl, place
from workbench.analysis.diagnosis.remedies.shell import word

_PROOF = (
    "the session on the translator is answered, and the client gets the reply from the address that"
    " it asked"
)


def return_to_translator(found: Bypass) -> Iterator[Fix]:
    """Bring the replies back to the translator."""
    if hides_source(found.translator):
        yield from _route_pool(found)
    if to_another_server(found.translator):
        yield from _server_route(found)
        yield from _hide_source(found, FixClass.SNAT_ON_INGRESS_TRANSLATOR)


def return_to_balancer(found: Bypass) -> Iterator[Fix]:
    """Bring the replies back to the load balancer."""
    yield from _hide_source(found, FixClass.SNAT_ON_LB)
    yield from _server_route(found)


def permit_direct_return(stop: Stop) -> Iterator[Fix]:
    """Let the filter pass the replies that go past the balancer."""
    if stop.blames:
        yield from mend_acl(stop, stop.blames[0])


def _inside(found: Bypass) -> tuple[Address, str] | None:
    """The translator's own address and interface on the server's side."""
    for port in found.scene.case.ports_of(found.translator.name):
        if (
            port.interface == found.translator.oif
            and port.address.version == found.scene.flow.version
        ):
            return port.address.ip, port.interface or ""
    return None


def _route_pool(found: Bypass) -> Iterator[Fix]:
    inside = _inside(found)
    pool = found.translator.flow_out.src
    if inside is None or found.decided_by is None:
        return
    yield Fix(
        FixClass.ROUTE_POOL_TO_TRANSLATOR,
        found.decided_by,
        (f"ip route replace {pool}/{pool.max_prefixlen} via {word(inside[0])}",),
        (f"ip route del {pool}/{pool.max_prefixlen} via {word(inside[0])}",),
        side_effects=(
            f"needs {found.decided_by} and {found.translator.name} on one link; else route it hop"
            " by hop"
        ),
        proof=_PROOF,
    )
    yield Fix(
        FixClass.SEPARATE_NAT_POOLS,
        found.translator.device,
        ("# give each translator a pool of its own, and route each pool to its translator only",),
        side_effects="sessions that use the old pool break once",
        proof=_PROOF,
    )


def _server_route(found: Bypass) -> Iterator[Fix]:
    inside, server = _inside(found), found.scene.server
    client = found.translator.flow_out.src
    if inside is None or server is None:
        return
    yield Fix(
        FixClass.SERVER_DEFAULT_ROUTE_VIA_TRANSLATOR,
        server,
        (f"ip route replace {client}/{client.max_prefixlen} via {word(inside[0])}",),
        (f"ip route del {client}/{client.max_prefixlen} via {word(inside[0])}",),
        side_effects=(
            "covers this client; make it the default route when all clients come through the"
            " translator"
        ),
        proof=_PROOF,
    )


def _hide_source(found: Bypass, kind: FixClass) -> Iterator[Fix]:
    where = place(found.scene, found.translator.name, "prerouting")
    target, name = found.translator.flow_out, found.translator.name
    port = f" {target.protocol} dport {target.dport}" if target.dport else ""
    ports = f" --dport {target.dport}" if target.dport else ""
    if where is None or where.dialect == "nft":
        table = f"{'ip' if target.version == 4 else 'ip6'} bothways_nat"
        make = (
            f"nft 'add table {table}; add chain {table} post {{ type nat hook postrouting priority"
            " srcnat; }'"
        )
        word = "ip" if target.version == 4 else "ip6"
        commands: tuple[str, ...] = (
            make,
            f"nft add rule {table} post {word} daddr {target.dst}{port} masquerade",
        )
        back: tuple[str, ...] = (f"nft delete table {table}",)
    else:
        rule = f"POSTROUTING -p {target.protocol} -d {target.dst}{ports} -j MASQUERADE"
        commands, back = (f"iptables -t nat -I {rule}",), (f"iptables -t nat -D {rule}",)
    effects = f"the server then sees {name}'s address instead of the client's"
    yield Fix(kind, found.translator.device, commands, back, side_effects=effects, proof=_PROOF)


def keep_source(found: Stranger) -> Iterator[Fix]:
    """Let the answers leave from the address that was asked."""
    if found.translator is None:
        return
    if found.untouched:
        yield from _turn_back(found)
        return
    asked = found.asked
    family = "ip" if asked.version == 4 else "ip6"
    port = f" {asked.protocol} sport {asked.dport}" if asked.dport else ""
    rule = found.rule
    if rule is not None and rule.dialect == "nft":
        place_ = " ".join(map(word, (rule.family, rule.table, rule.chain)))
        command = f"nft insert rule {place_} {family} saddr {asked.dst}{port} accept"
        back = f"nft -a list chain {place_}   # then: nft delete rule {place_} handle N"
    else:
        tool = "iptables" if asked.version == 4 else "ip6tables"
        ports = f" -p {asked.protocol} --sport {asked.dport}" if asked.dport else ""
        rest = f"POSTROUTING -s {asked.dst}{ports} -j ACCEPT"
        command, back = f"{tool} -t nat -I {rest}", f"{tool} -t nat -D {rest}"
    effects = (
        "answers of this service are not translated any more; sessions that exist keep what they"
        " have"
    )
    proof = f"a new attempt gets its answers from {asked.dst}"
    yield Fix(
        FixClass.STATELESS_RULE_FOR_FLOW,
        found.translator,
        (command,),
        (back,),
        effects,
        proof=proof,
    )


def _turn_back(found: Stranger) -> Iterator[Fix]:
    """Let the answers pass who turned the request: show it what only crosses its bridge, or answer
    it alone."""
    asked, name = found.came.reversed(), found.translator
    proof = f"a new attempt gets its answers from {found.asked.dst}"
    if found.bridge_unseen is not None:
        key = found.bridge_unseen
        yield Fix(
            FixClass.MAKE_RETURN_PATH_SYMMETRIC,
            name,
            (f"modprobe br_netfilter; sysctl -w {key}=1",),
            (f"sysctl -w {key}=0",),
            side_effects=(
                "everything that crosses a bridge of this device then meets its packet filter and"
                " translation"
            ),
            proof=proof,
        )
    tool = "iptables" if asked.version == 4 else "ip6tables"
    ports = f" -p {asked.protocol} --dport {asked.dport}" if asked.dport else ""
    rest = f"POSTROUTING -s {asked.src} -d {asked.dst}{ports} -j MASQUERADE"
    effects = f"{asked.dst} then sees {name}'s address instead of the client's"
    command, back = f"{tool} -t nat -I {rest}", f"{tool} -t nat -D {rest}"
    yield Fix(FixClass.SNAT_ON_INGRESS_TRANSLATOR, name, (command,), (back,), effects, proof=proof)
