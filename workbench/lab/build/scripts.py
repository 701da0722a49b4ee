"""The shell text that makes one node what its declaration says; pure text, nothing runs here."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from workbench.lab.build.dialects import Dialect, iptables, nft
from workbench.lab.build.routing import route_lines, rule_commands
from workbench.lab.declare.plan import LabPlan, OnNode
from workbench.lab.declare.words import Account, Manner, Node, Talk

INSIDE = Path(__file__).resolve().parents[1] / "inside"
OPS_UID = 1901
FRR = "/usr/lib/frr"

# What each node gets of its own: the machine's own files are never written, and its log is not
# shown.
GROUND = """
hostname {name}
mount -t sysfs sysfs /sys 2>/dev/null
base=/mnt; mount -t tmpfs -o mode=0755 node $base && mkdir $base/etc
for kept in passwd group shadow; do cp -p /etc/$kept $base/etc/$kept; done
echo 'ops:x:{uid}:{uid}:Operations:/home/ops:/bin/bash' >> $base/etc/passwd
echo 'ops:x:{uid}:' >> $base/etc/group
sed -i '/^adm:/d' $base/etc/group && echo 'adm:x:4:ops' >> $base/etc/group
echo 'ops:*:19000:0:99999:7:::' >> $base/etc/shadow
grep -q '^sshd:' $base/etc/passwd || echo 'sshd:x:1902:65534::/run/sshd:/usr/sbin/nologin' >> $base/etc/passwd
printf '127.0.0.1 localhost\\n127.0.1.1 {name}\\n::1 localhost\\n' > $base/etc/hosts
echo {name} > $base/etc/hostname
printf '%s\\n' {sudoers} > $base/etc/sudoers && chmod 0440 $base/etc/sudoers
for kept in passwd group shadow hosts hostname sudoers; do
  [ -e /etc/$kept ] && mount --bind $base/etc/$kept /etc/$kept
done
printf '#!/bin/sh\necho "dmesg: read kernel buffer failed: Operation not permitted" >&2\nexit 1\n' > $base/etc/dmesg
chmod 0755 $base/etc/dmesg && mount --bind $base/etc/dmesg "$(command -v dmesg)"
umount -l $base
mount -t tmpfs -o mode=0755 node /run
mount -t tmpfs -o mode=0755 node /home
[ -d /etc/frr ] && mount -t tmpfs -o mode=0755 node /etc/frr
[ -d /var/log ] && mount -t tmpfs -o mode=0755 node /var/log
mkdir -p /run/sshd /run/node /run/lock /home/ops && chown {uid}:{uid} /home/ops && chmod 0755 /run/sshd
echo ready
sleep infinity & while :; do wait; done
"""


def ground(plan: LabPlan, node: Node) -> str:
    """The first script of a node: its own names, accounts and run directories; it then stays as
    process 1."""
    sudoers = ["Defaults env_reset", "Defaults use_pty", "root ALL=(ALL:ALL) ALL"]
    sudoers.append(
        'Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"'
    )
    if plan.accounts[node.name] is Account.OPS:
        sudoers.append("ops ALL=(ALL) NOPASSWD: ALL")
    return GROUND.format(
        name="localhost" if plan.nameless else plan.called[node.name],
        uid=OPS_UID,
        sudoers=" ".join(map(shlex.quote, sudoers)),
    )


def dressing(plan: LabPlan, node: Node) -> str:
    """The second script: addresses, routes, settings, filters, daemons, services."""
    parts = [
        _settings(plan, node),
        _batch(_address_lines(plan, node.name)),
        _batch(route_lines(plan, node.name)),
    ]
    parts += [*rule_commands(plan, node.name)]
    parts += [_file(path, plan.text(node.name, text)) for path, text in node.files]
    parts += [
        _filters(plan, node),
        _frr(plan, node),
        *(plan.text(node.name, c) for c in node.commands),
    ]
    parts += [_service(plan, talk) for talk in plan.lab.talks if _listens(talk) == node.name]
    return "set -e\n" + "\n".join(part for part in parts if part) + "\n"


def _settings(plan: LabPlan, node: Node) -> str:
    forward = int(node.forwarding)
    values = {"net.ipv4.ip_forward": str(forward), "net.ipv6.conf.all.forwarding": str(forward)}
    values |= {"net.ipv4.conf.all.rp_filter": "0", "net.ipv4.conf.default.rp_filter": "0"}
    values |= {f"net.ipv4.conf.{p.device}.rp_filter": "0" for p in plan.ports_of(node.name)}
    values |= {"net.ipv4.ping_group_range": "0 2147483647", "net.ipv6.conf.all.accept_dad": "0"}
    values |= {plan.text(node.name, key): value for key, value in node.sysctls}
    return "\n".join(_setting(key, value) for key, value in values.items())


def _setting(key: str, value: str) -> str:
    path = "/proc/sys/" + key.replace(".", "/")
    return f"[ ! -e {path} ] || echo {shlex.quote(value)} > {path}"


def _address_lines(plan: LabPlan, node: str) -> Iterator[str]:
    yield "link set lo up"
    for port in plan.ports_of(node):
        mtu = next(s.mtu for s in plan.lab.segments if s.name == port.segment)
        yield (
            f"link set {port.device} addrgenmode none"
            if port.link_local
            else f"link set {port.device} up"
        )
        if mtu:
            yield f"link set {port.device} mtu {mtu}"
        yield f"addr add {port.address} dev {port.device}{_family_words(plan)}"
        if port.link_local:
            yield f"addr add {port.link_local}/64 dev {port.device} nodad"
            yield f"link set {port.device} up"
    for alias in plan.lab.aliases:
        for where, device in (at.split("@") for at in alias.at):
            if where == node:
                name = "lo" if device == "lo" else plan.port(node, device).device
                yield f"addr add {plan.aliases[alias.name]} dev {name}{_family_words(plan)}"


def _family_words(plan: LabPlan) -> str:
    return " nodad" if plan.family == 6 else ""


def _batch(lines: Iterator[str]) -> str:
    text = "\n".join(lines)
    return f"ip -batch - <<'END'\n{text}\nEND" if text else ""


def _file(path: str, text: str) -> str:
    return f"mkdir -p $(dirname {path})\ncat > {path} <<'END'\n{text}\nEND"


def _filters(plan: LabPlan, node: Node) -> str:
    if node.firewall is None:
        return ""
    names, dialect, style = (
        OnNode(plan, node.name),
        plan.dialects[node.name],
        plan.styles[node.name],
    )
    book = plan.logbooks.get(node.name)
    start = f"\n{book.start()}" if book else ""
    if dialect is Dialect.NFT:
        return f"nft -f - <<'END'\n{nft(node.firewall, names, style, book)}END{start}"
    tool = f"{'iptables' if plan.family == 4 else 'ip6tables'}-{dialect.value.rpartition('-')[2]}-restore"
    return f"{tool} <<'END'\n{iptables(node.firewall, names, book)}END{start}"


def _frr(plan: LabPlan, node: Node) -> str:
    if node.frr is None:
        return ""
    config = plan.text(node.name, node.frr)
    daemons = [
        "zebra",
        *(d for d, word in (("bgpd", "router bgp"), ("ospfd", "router ospf")) if word in config),
    ]
    space, below = (f"-N {node.name} ", f"/{node.name}") if plan.pathspace else ("", "")
    start = "\n".join(
        f"{FRR}/{d} -d {space}-f /etc/frr{below}/frr.conf --log file:/var/log/frr-{d}.log"
        for d in daemons
    )
    own = (
        f"mkdir -p /run/frr{below} /etc/frr{below} && chown -R frr:frr /run/frr /etc/frr && chmod"
        " 0777 /var/log"
    )
    files = f"{_file(f'/etc/frr{below}/frr.conf', config)}\ntouch /etc/frr{below}/vtysh.conf"
    return f"{own}\n{files}\nchown -R frr:frr /etc/frr\n{start}"


def _listens(talk: Talk) -> str:
    return "" if talk.listen == "none" else talk.served_by or talk.server.partition("@")[0]


def _service(plan: LabPlan, talk: Talk) -> str:
    places = {
        "any": "::" if plan.family == 6 else "0.0.0.0",
        "loopback": "::1" if plan.family == 6 else "127.0.0.1",
    }
    where = places.get(talk.listen) or str(plan.address(talk.listen))
    return (
        f"{python('serve.py')} {talk.protocol} {where} {talk.listen_port or talk.port} </dev/null"
        " >/dev/null 2>&1 &"
    )


def python(name: str) -> str:
    """How a helper of ours is started inside a node: isolated, without site packages."""
    return f"{shlex.quote(sys.executable)} -I -S {shlex.quote(str(INSIDE / name))}"


def talk_command(plan: LabPlan, talk: Talk, source_port: int | None, log: str) -> str:
    """The client that keeps trying one connection, and writes each outcome as a line of JSON."""
    flow = plan.flow_of(talk, source_port)
    words = [talk.protocol, str(flow.src), str(flow.sport or 0), str(flow.dst), str(talk.port)]
    words += [Manner(talk.manner).value, str(talk.every), f"{plan.lab.lag:g}"]
    return f"{python('talk.py')} {' '.join(words)} </dev/null >>{shlex.quote(log)} 2>/dev/null"
