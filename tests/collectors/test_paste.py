"""Lines pasted from anywhere name their flow, and outputs their question."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.answering import reading_of
from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams, Question
from collectors.model.flow import BadFlow, Flow
from collectors.model.settings import DeviceSetting
from collectors.paste.flows import recognise
from collectors.paste.recognise import command_line, recognise_output, without_prompts
from collectors.platforms import platform_named
from collectors.platforms.linux.commanded import placed
from tests.collectors.frames import pcap
from tests.collectors.platforms.samples import Sample, samples

GUIDE = Path(__file__).resolve().parents[3] / "shared" / "article.txt"

WEB = "tcp 192.0.2.20:43122 > 203.0.113.10:443"
SIX = "tcp [2001:db8::1]:43122 > [2001:db8::2]:443"
PING = "icmp 192.0.2.20 > 203.0.113.10"
PALO = (
    "1,2024/02/04 14:12:59,0011,TRAFFIC,drop,2305,2024/02/04"
    " 14:12:59,192.0.2.20,203.0.113.10,0.0.0.0,0.0.0.0,rule1,,,app,vsys1,trust,untrust,e1,e2,log,2024/02/04"
    " 14:12:59,1,1,43122,443,0,0,0x0,tcp,deny"
)

LINES = {
    # our own grammar
    "tcp 192.0.2.20:43122 > 203.0.113.10:443": WEB,
    "192.0.2.20:43122 -> 203.0.113.10:443": WEB,
    "[2001:db8::1]:43122 -> [2001:db8::2]:443": SIX,
    # captures
    "14:13:01.000001 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 1000, win 64240, length 0": (
        WEB
    ),
    "14:13:01.010200 IP 203.0.113.10.443 > 192.0.2.20.43122: Flags [S.], seq 2000, ack 1001, length 0": (
        WEB
    ),
    "14:13:01.010200 eth0  Out IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [.], ack 1, length 0": (
        WEB
    ),
    "14:13:01.000001 IP6 2001:db8::1.43122 > 2001:db8::2.443: Flags [S], seq 1000, length 0": SIX,
    "10:00:00.1 IP 192.0.2.20.5353 > 203.0.113.10.53: 1+ A? example.com. (29)": (
        "udp 192.0.2.20:5353 > 203.0.113.10:53"
    ),
    "10:00:00.1 IP 192.0.2.20 > 203.0.113.10: ICMP echo request, id 1, seq 1, length 64": PING,
    "10:00:00.1 IP 203.0.113.10 > 192.0.2.20: ICMP echo reply, id 1, seq 1, length 64": PING,
    "12 0.000000 192.0.2.20 → 203.0.113.10 TCP 74 43122 → 443 [SYN] Seq=0 Win=64240": WEB,
    "13 0.000100 203.0.113.10 → 192.0.2.20 TCP 74 443 → 43122 [SYN, ACK] Seq=0 Ack=1": WEB,
    # state tables
    "[1707052741.122334] [NEW] tcp 6 120 SYN_SENT src=192.0.2.20 dst=203.0.113.10 sport=43122 dport=443 [UNREPLIED] src=203.0.113.10 dst=192.0.2.20 sport=443 dport=43122": (
        WEB
    ),
    "udp      17 29 src=10.0.0.1 dst=10.0.0.2 sport=500 dport=53 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=53 dport=500 mark=0 use=1": (
        "udp 10.0.0.1:500 > 10.0.0.2:53"
    ),
    "icmp     1 29 src=192.0.2.20 dst=203.0.113.10 type=8 code=0 id=1 src=203.0.113.10 dst=192.0.2.20": (
        PING
    ),
    # sockets
    "tcp   SYN-SENT 0      1      192.0.2.20:43122   203.0.113.10:443": WEB,
    'ESTAB 0      0      192.0.2.20%eth0:43122   203.0.113.10:443 users:(("curl",pid=1,fd=3))': WEB,
    "tcp        0      1 192.0.2.20:43122        203.0.113.10:443        SYN_SENT": WEB,
    "tcp   SYN-RECV 0      0      203.0.113.10:443   192.0.2.20:43122": WEB,
    "tcp   ESTAB 0      0      [2001:db8::2]:443   [2001:db8::1]:43122": SIX,
    # firewall logs
    "Feb 04 14:12:59 fw1 kernel: [UFW BLOCK] IN=eth2 OUT= SRC=203.0.113.10 DST=192.0.2.20 LEN=60 PROTO=TCP SPT=443 DPT=43122 WINDOW=65160 RES=0x00 ACK SYN URGP=0 STATE=INVALID": (
        WEB
    ),
    "kernel: IN=eth0 OUT=eth1 SRC=192.0.2.20 DST=203.0.113.10 PROTO=ICMP TYPE=3 CODE=1 [SRC=10.0.0.1 DST=10.0.0.2 PROTO=TCP SPT=43122 DPT=443 SYN URGP=0 ]": (
        PING
    ),
    "%ASA-6-106015: Deny TCP (no connection) from 203.0.113.10/443 to 192.0.2.20/43122 flags SYN ACK  on interface o": (
        WEB
    ),
    "%ASA-6-302013: Built outbound TCP connection 11 for outside:203.0.113.10/443 (203.0.113.10/443) to inside:192.0.2.20/43122 (198.51.100.1/43122)": (
        WEB
    ),
    "%ASA-6-302013: Built inbound TCP connection 11 for outside:192.0.2.20/43122 (192.0.2.20/43122) to dmz:203.0.113.10/443 (203.0.113.10/443)": (
        WEB
    ),
    "%ASA-6-302014: Teardown TCP connection 11 for outside:203.0.113.10/443 to inside:192.0.2.20/43122 duration 0:00:30": (
        WEB
    ),
    '%ASA-4-106023: Deny tcp src inside:192.0.2.20/43122 dst outside:203.0.113.10/443 by access-group "out"': (
        WEB
    ),
    "%ASA-6-106100: access-list o denied tcp inside/192.0.2.20(43122) -> outside/203.0.113.10(443) hit-cnt 1": (
        WEB
    ),
    "%SEC-6-IPACCESSLOGP: list 101 denied tcp 192.0.2.20(43122) (Gi0/0 0001.0002.0003) -> 203.0.113.10(443), 1 packet": (
        WEB
    ),
    "%SEC-6-IPACCESSLOGDP: list 101 denied icmp 192.0.2.20 -> 203.0.113.10 (8/0), 1 packet": PING,
    "2 123456789010 eni-1235b8ca123456789 192.0.2.20 203.0.113.10 43122 443 6 20 4249 1418530010 1418530070 REJECT OK": (
        WEB
    ),
    "Feb  4 14:12:59 fw filterlog[58466]: 5,,,1000000103,igb0,match,block,in,4,0x0,,64,0,0,DF,6,tcp,60,192.0.2.20,203.0.113.10,43122,443,0,S,123,,64240,,mss": (
        WEB
    ),
    "filterlog: 5,,,1,igb0,match,block,in,6,0x00,0x0,64,tcp,6,40,2001:db8::1,2001:db8::2,43122,443,0,S,1,,64240,,": (
        SIX
    ),
    "filterlog: 5,,,1,igb0,match,pass,in,4,0x0,,64,0,0,DF,1,icmp,60,192.0.2.20,203.0.113.10,request,1,1": (
        PING
    ),
    'date=2024-02-04 srcip=192.0.2.20 srcport=43122 srcintf="a" dstip=203.0.113.10 dstport=443 proto=6 action="deny"': (
        WEB
    ),
    '{"src_ip":"192.0.2.20","src_port":43122,"dest_ip":"203.0.113.10","dest_port":443,"proto":"TCP"}': (
        WEB
    ),
    "RT_FLOW: RT_FLOW_SESSION_CREATE: session created 192.0.2.20/43122->203.0.113.10/443 0x0 junos-https": (
        WEB
    ),
    PALO: WEB,
    # notes
    "Connection from 192.0.2.20 port 43122 to 203.0.113.10 port 443 timed out": WEB,
    "192.0.2.20 -> https://203.0.113.10/health": "tcp 192.0.2.20:* > 203.0.113.10:443",
    "curl from 192.0.2.20 to https://203.0.113.10:8443/x hangs": (
        "tcp 192.0.2.20:* > 203.0.113.10:8443"
    ),
    "\n\n  see below\n192.0.2.20:43122 -> 203.0.113.10:443\n": WEB,
}


@pytest.mark.parametrize("line", LINES, ids=lambda line: re.sub(r"\W+", "-", line)[:50])
def test_the_flow_of_a_line(line: str) -> None:
    assert str(recognise(line)) == LINES[line]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "there is no text"),
        (
            "connect to 203.0.113.10 port 443 failed",
            "only one address (203.0.113.10) is in this line",
        ),
        ("client.example.com:1 -> server.example.com:443", "names are not looked up"),
        ("tcp 192.0.2.20:99999 > 203.0.113.10:443", "99999 is not a port"),
        ("; rm -rf /", "cannot read a flow from"),
        ("192.0.2.20:5 -> 2001:db8::1", "different IP versions"),
        ("tcp 999.0.2.20:5 -> 300.1.1.1:6", "is not an IP address"),
        ("tcp 2001:db8::44:* > 2001:db8::80:443", "a port of IPv6 stands behind brackets"),
        ("2 123 eni-1 192.0.2.20 203.0.113.10 0 0 47 20 4249 1 2 REJECT OK", "this is about GRE"),
    ],
)
def test_why_there_is_no_flow(line: str, why: str) -> None:
    with pytest.raises(BadFlow, match=re.escape(why)):
        recognise(line)


@given(st.text(max_size=300))
def test_any_text_is_a_flow_or_a_sentence(text: str) -> None:
    try:
        assert isinstance(recognise(text), Flow)
    except BadFlow as why:
        assert str(why)


@given(
    st.lists(
        st.sampled_from(
            [*LINES, "src=", "SRC=1.2.3.4", "[", "/", " > ", "IP ", "1.2.3.4.5", "%ASA-"]
        ),
        max_size=6,
    )
)
def test_mixtures_are_read_without_a_crash(parts: list[str]) -> None:
    try:
        recognise(" ".join(parts))
    except BadFlow as why:
        assert str(why)


# --- whole outputs ---

TEXTUAL = [
    sample
    for sample in samples()
    if sample.document["records"] and not sample.document.get("refused")
]
# what our own scripts write, or what looks like another command's output
_OWN = {
    Question.CONNECT,
    Question.PORT_SWEEP,
    Question.IDENTITY,
    Question.ROUTE_SPREAD,
    Question.STATE_SYNC,
}
_OWN |= {Question.TRACE_SPREAD}
_ALIKE: dict[Question, set[Question | None]] = {
    Question.NEXTHOP_SETS: {Question.NEXTHOP_SETS, Question.ROUTES},
    Question.PATH_MTU: {Question.PATH_MTU, Question.PING, None},
    Question.ARP_PROBE: {Question.ARP_PROBE, Question.NEIGHBOURS},
    Question.LISTENERS: {Question.LISTENERS, Question.SOCKETS},
    Question.SOCKETS: {Question.LISTENERS, Question.SOCKETS},
    Question.TRACE: {Question.TRACE, None},
    Question.ROUTE_CHOICE: {Question.ROUTE_CHOICE, None},
}


@pytest.mark.parametrize("sample", TEXTUAL, ids=lambda sample: sample.id)
def test_an_output_is_recognised_by_its_shape(sample: Sample) -> None:
    if sample.question in _OWN or not sample.path.with_suffix(".raw").read_bytes().strip():
        return
    found = recognise_output(sample.path.with_suffix(".raw").read_bytes())
    assert (found[0] if found else None) in _ALIKE.get(sample.question, {sample.question})


@pytest.mark.parametrize(
    ("command", "question", "values", "settings"),
    [
        ("cat /proc/sys/net/ipv4/ip_forward", Question.SETTINGS, "0\n", {"net.ipv4.ip_forward": "0"}),
        ("sysctl -n net.ipv4.ip_forward net.ipv4.ip_local_port_range", Question.SETTINGS, "1\n32768\t60999\n",
         {"net.ipv4.ip_forward": "1", "net.ipv4.ip_local_port_range": "32768 60999"}),
        ("cat /proc/sys/net/ipv4/conf/*/rp_filter", Question.SETTINGS, "0\n1\n", {}),
    ],
)  # fmt: skip
def test_bare_values_have_the_keys_that_the_command_names(
    command: str, question: Question, values: str, settings: dict[str, str]
) -> None:
    assert recognise_output(f"$ {command}\n{values}") == (question, "linux")
    reading = placed(question, parsed((question, "linux"), values), command)
    assert {
        one.name: one.text for one in reading.records if isinstance(one, DeviceSetting)
    } == settings


def test_captures_are_recognised_by_their_first_bytes() -> None:
    assert recognise_output(pcap()) == (Question.CAPTURE, "linux")
    assert recognise_output(b"nothing that we know") is None


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("cr0x@server:~$ sudo ip rule show\n0: from all", "ip rule show"),
        ("root@fw:/etc# nft list ruleset\n", "nft list ruleset"),
        ("[ops@fw1 ~]$ conntrack -L\n", "conntrack -L"),
        ("$ ip neigh\n", "ip neigh"),
        ("edge1# show ip route 203.0.113.0/24\n", "show ip route 203.0.113.0/24"),
        ("root@h:~# ip netns exec blue ip route get 1.1.1.1\n", "ip route get 1.1.1.1"),
        ("0:\tfrom all lookup local\n", None),
    ],
)
def test_the_command_that_was_pasted_along(typed: str, command: str | None) -> None:
    assert command_line(typed) == command
    assert not any("$ " in line or "# " in line for line in without_prompts(typed).splitlines())


COMMANDS = {
    "ip route get fibmatch 1.1.1.1": Question.NEXTHOP_SETS,
    "ip r get 1.1.1.1": Question.ROUTE_CHOICE,
    "ip -6 route": Question.ROUTES,
    "ip a": Question.INTERFACES,
    "ip -s link": Question.COUNTERS,
    "ip n": Question.NEIGHBOURS,
    "iptables-legacy-save -c": Question.FILTER_LEGACY,
    "iptables-save": Question.FILTER_IPTABLES,
    "conntrack -E": Question.SESSION_EVENTS,
    "conntrack -S": Question.SESSION_STATS,
    "cat /proc/net/nf_conntrack": Question.SESSIONS,
    "conntrackd -s": Question.STATE_SYNC,
    "tcpdump -ni any": Question.CAPTURE,
    "dmesg -T": Question.LOGS,
    "tracepath 1.1.1.1": Question.TRACE,
    "ping -M do -s 1472 1.1.1.1": Question.PATH_MTU,
    "ping 1.1.1.1": Question.PING,
    "arping -I eth0 1.1.1.1": Question.ARP_PROBE,
    "ss -tlnp": Question.LISTENERS,
    "ss -tino": Question.SOCKETS,
    "nstat -az": Question.COUNTERS,
    "sysctl -a": Question.SETTINGS,
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_tells_the_question(command: str) -> None:
    assert recognise_output(f"ops@fw:~$ sudo {command}\nwhatever") == (COMMANDS[command], "linux")


def guide_outputs() -> list[str]:
    """The sample outputs of the field guide, each with the prompt above it."""
    tasks = re.split(r"\nTask \d+: ", GUIDE.read_text())[1:] if GUIDE.exists() else []
    shown = [task.split("\nWhat it means")[0].split("\n", 1)[1] for task in tasks]
    return [
        part for text in shown for part in re.split(r"(?=^cr0x@)", text, flags=re.M) if part.strip()
    ]


EXPECTED = [
    Question.ROUTE_CHOICE, Question.RULES, Question.ROUTES, Question.SETTINGS, Question.FILTER, Question.SESSION_EVENTS,
    Question.CAPTURE, Question.CAPTURE, Question.ROUTE_CHOICE, Question.NEXTHOP_SETS, Question.LOGS, Question.TRACE,
    Question.TRACE, Question.NEIGHBOURS, Question.PATH_MTU,
]  # fmt: skip


@pytest.mark.skipif(not GUIDE.exists(), reason="the field guide is not beside this checkout")
@pytest.mark.parametrize("with_prompt", [True, False])
def test_every_output_of_the_guide_is_read(with_prompt: bool) -> None:
    found = []
    for text in guide_outputs():
        shown = text if with_prompt else without_prompts(text)
        recognised = recognise_output(shown)
        assert recognised is not None
        found.append(recognised[0])
        reading = parsed(recognised, without_prompts(text))
        assert reading.records and not reading.unread and not reading.refused
    assert found == EXPECTED


def parsed(recognised: tuple[Question, str], text: str) -> ParseResult:
    platform = platform_named(recognised[1])
    assert platform is not None
    return reading_of(platform, recognised[0], Output(text.encode()), QueryParams())


@given(st.text(max_size=400) | st.binary(max_size=400))
def test_any_output_is_recognised_or_not(pasted: str | bytes) -> None:
    recognise_output(pasted)
    if isinstance(pasted, str):
        command_line(pasted)
        without_prompts(pasted)


@pytest.mark.parametrize("text", ["[a@" + "b" * 500_000, "tcp " + "\n" * 500_000, "a@b:" * 100_000])
def test_what_is_pasted_is_told_in_one_glance_however_it_is_made(text: str) -> None:
    """Patterns that look back over a long text again and again would keep this busy for hours."""
    assert recognise_output(text) is None
    assert without_prompts(text).strip()


@pytest.mark.parametrize(
    ("command", "output", "recognised"),
    [
        (
            "C:\\Users\\ops> ping 192.0.2.1",
            "Antwort von 192.0.2.1: Zeit<1ms",
            (Question.PING, "windows"),
        ),
        (
            "$ ping 192.0.2.1",
            "64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=1 ms",
            (Question.PING, "linux"),
        ),
        ("$ netstat -rn", "Kernel IP routing table\n", (Question.ROUTES, "linux")),
        ("$ netstat -rn", "Routing tables\n\nInternet:\n", (Question.ROUTES, "bsd")),
        ("$ netstat -an", "", (Question.LISTENERS, "linux")),
    ],
)
def test_the_command_tells_the_question_and_the_output_the_system(
    command: str, output: str, recognised: tuple[Question, str]
) -> None:
    assert recognise_output(f"{command}\n{output}\n") == recognised
