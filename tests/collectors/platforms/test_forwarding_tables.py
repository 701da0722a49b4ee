"""Where a bridge's forwarding table carries frames, as `bridge fdb` prints it for all links and for
one."""

from __future__ import annotations

from ipaddress import ip_address

from collectors.model.answer import Output
from collectors.model.evidence import QueryParams, Question
from collectors.model.tunnels import Peer
from collectors.paste.recognise import recognise_output
from collectors.platforms.linux.commanded import placed
from collectors.platforms.linux.tunnel_links import read_tunnels

ONE = """00:00:00:00:00:00 dst 10.7.0.12 self permanent
52:54:00:c7:01:22 dst 10.7.0.13 port 4790 self permanent
6a:11:0c:9e:44:a1 master br7 permanent
"""
TYPED = "bridge fdb show dev vx7"


def test_one_link_is_named_by_the_command() -> None:
    reading = placed(Question.TUNNELS, read_tunnels(Output(ONE.encode()), QueryParams()), TYPED)
    assert reading.unread == ()
    assert reading.records == (
        Peer("vx7", "00:00:00:00:00:00", ip_address("10.7.0.12"), None),
        Peer("vx7", "52:54:00:c7:01:22", ip_address("10.7.0.13"), 4790),
    )


def test_without_the_command_they_are_of_no_link() -> None:
    assert read_tunnels(Output(ONE.encode()), QueryParams()).records == ()


def test_a_pasted_table_tells_where_tunnels_lead() -> None:
    assert recognise_output(f"root@hv7:~# {TYPED}\n{ONE}") == (Question.TUNNELS, "linux")
