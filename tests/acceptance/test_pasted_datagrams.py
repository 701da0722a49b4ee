"""Datagrams that nothing tells apart (text without IP IDs): several came in at a device, and fewer
went out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import HEALTHY, Cause, Direction

SIP = "udp 192.0.2.20:5062 > 203.0.113.10:5060"
LOG = "udp 192.0.2.20:514 > 203.0.113.10:514"

LIMIT = """edge# nft list chain inet fw forward
table inet fw {{
	chain forward {{
		type filter hook forward priority filter; policy accept;
		udp dport 5060 limit rate over 20/second burst 5 packets counter packets {0} bytes 19287210 drop
		udp dport 5060 counter packets 219881 bytes 98217110 accept
	}}
}}
"""
IN = "02:14:{0:09.6f} eth0  In  IP {1} > {2}: {3}\n"
OUT = "02:14:{0:09.6f} eth1  Out IP {1} > {2}: {3}\n"


def capture(
    ports: tuple[int, int], came: list[float], went: list[float], what: str, answers: bool = True
) -> str:
    """Requests that came in at these seconds, and those that went out; each of the latter is
    answered."""
    client, server = f"192.0.2.20.{ports[0]}", f"203.0.113.10.{ports[1]}"
    lines = [(at, IN.format(at, client, server, what)) for at in came]
    lines += [(at + 0.00003, OUT.format(at + 0.00003, client, server, what)) for at in went]
    for at in went if answers else []:
        back = at + 0.02
        lines.append(
            (back, f"02:14:{back:09.6f} eth1  In  IP {server} > {client}: SIP: SIP/2.0 200 OK\n")
        )
        lines.append(
            (
                back,
                (
                    f"02:14:{back + 0.00003:09.6f} eth0  Out IP {server} > {client}: SIP: SIP/2.0"
                    " 200 OK\n"
                ),
            )
        )
    return "edge# tcpdump -nni any\n" + "".join(
        text for _, text in sorted(lines, key=lambda one: one[0])
    )


CAME = [2.0, 2.5, 3.5, 32.1, 32.6, 40.0]
OPTIONS = capture((5062, 5060), CAME, [3.5, 32.6, 40.0], "SIP: OPTIONS sip:203.0.113.10 SIP/2.0")
SENT = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
MESSAGES = capture(
    (514, 514), SENT, [3.0, 5.0, 7.0], "SYSLOG user.notice, length: 90", answers=False
)
WHOLE = capture((5062, 5060), CAME, CAME, "SIP: OPTIONS sip:203.0.113.10 SIP/2.0")
ONE_LESS = capture((5062, 5060), [*CAME, 41.0], CAME, "SIP: OPTIONS sip:203.0.113.10 SIP/2.0")


def diagnose(flow: str, text: str, place: Path) -> PastedCase:
    return diagnose_texts(flow, {"edge": text}, place)


@pytest.mark.parametrize(
    ("flow", "text", "words"),
    [
        pytest.param(
            SIP,
            LIMIT.format(100) + LIMIT.format(468) + OPTIONS,
            "limit rate over",
            id="a-limit-counts",
        ),
        pytest.param(SIP, OPTIONS, "after each of the", id="no-rule-was-pasted"),
        pytest.param(LOG, MESSAGES, "after each of the", id="nobody-answers"),
    ],
)
def test_some_of_them_are_lost_in_the_device(
    flow: str, text: str, words: str, tmp_path: Path
) -> None:
    """[client] -- eth0 (edge) eth1 -- [server]"""
    case = diagnose(flow, text, tmp_path)
    assert (case.cause, case.guilty, case.direction) == (
        Cause.PACKET_LOSS,
        "edge",
        Direction.FORWARD,
    ), str(case)
    assert case.sure <= 0.79 and words in case.words


@pytest.mark.parametrize("text", [WHOLE, ONE_LESS], ids=["all-go-on", "the-last-one-is-under-way"])
def test_what_goes_on_is_not_lost(text: str, tmp_path: Path) -> None:
    case = diagnose(SIP, text, tmp_path)
    assert case.cause in HEALTHY, str(case)
