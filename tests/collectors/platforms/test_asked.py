"""What exactly did a pasted command ask: which direction, interface, address, mark?"""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from collectors.model.evidence import QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.pasted import PastedForms, PastedText
from collectors.platforms.bsd.pasted import PASTED as BSD
from collectors.platforms.linux.pasted import PASTED as LINUX

FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
BACK = FLOW.reversed()
BOTH = (FLOW, BACK)
ARPING = "ARPING 192.0.2.1 from 192.0.2.20 eth0\n"
TRACED = "1  192.0.2.1  0.4 ms\n2  192.0.2.20  0.9 ms\n"
LISTENING = "tcpdump: listening on wg0, link-type RAW\n"


def params(forms: PastedForms, question: Question, command: str, body: str = "") -> QueryParams:
    return forms.asked(PastedText(question, FLOW, command, body))


@pytest.mark.parametrize(
    ("question", "command", "body", "expected"),
    [
        (
            Question.ROUTE_CHOICE,
            "ip route get 192.0.2.20 from 203.0.113.10 iif eth1 mark 0x10 tos 0x8",
            "",
            QueryParams(flow=BACK, iif="eth1", mark=16, tos=8),
        ),
        (Question.ROUTE_CHOICE, "", "192.0.2.20 via 10.0.0.1 dev eth0", QueryParams(flow=BACK)),
        (Question.ROUTES, "ip route show 192.0.2.0/24", "", QueryParams(flow=BACK)),
        (Question.ROUTES, "ip route show table 100", "", QueryParams()),
        (Question.NEIGHBOURS, "ip neigh show dev eth0", "", QueryParams(interface="eth0")),
        (
            Question.ARP_PROBE,
            "",
            ARPING,
            QueryParams(address=ip_address("192.0.2.1"), interface="eth0"),
        ),
        (
            Question.ARP_PROBE,
            "arping -I eth2 192.0.2.9",
            "",
            QueryParams(address=ip_address("192.0.2.9"), interface="eth2"),
        ),
        (Question.SESSIONS, "conntrack -L", "", QueryParams(flow=FLOW, flows=BOTH)),
        (Question.SETTINGS, "sysctl -a", "", QueryParams()),
    ],
)
def test_the_words_of_linux(
    question: Question, command: str, body: str, expected: QueryParams
) -> None:
    assert params(LINUX, question, command, body) == expected


@pytest.mark.parametrize("forms", [LINUX, BSD])
@pytest.mark.parametrize(
    ("question", "command", "body", "expected"),
    [
        (Question.ROUTE_CHOICE, "route -n get 192.0.2.20", "", QueryParams(flow=BACK)),
        (Question.TRACE, "traceroute 192.0.2.20", "", QueryParams(flow=BACK)),
        (Question.TRACE, "", TRACED, QueryParams(flow=BACK)),
        (Question.TRACE, "", "traceroute to 203.0.113.10 (203.0.113.10)", QueryParams(flow=FLOW)),
        (Question.PING, "ping 203.0.113.10", "", QueryParams()),
        (Question.CAPTURE, "", LISTENING, QueryParams(flow=FLOW, flows=BOTH, interface="wg0")),
        (Question.CAPTURE, "tcpdump -nei any", LISTENING, QueryParams(flow=FLOW, flows=BOTH)),
    ],
)
def test_the_words_that_several_systems_share(
    forms: PastedForms, question: Question, command: str, body: str, expected: QueryParams
) -> None:
    assert params(forms, question, command, body) == expected


def test_a_platform_that_says_nothing_is_asked_about_the_flow() -> None:
    assert params(PastedForms(), Question.SOCKETS, "x") == QueryParams(flow=FLOW, flows=BOTH)
    assert params(PastedForms(), Question.ROUTES, "x") == QueryParams()
