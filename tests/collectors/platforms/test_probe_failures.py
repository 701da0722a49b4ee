"""The words of tools and kernels mean one failure each."""

from __future__ import annotations

import pytest

from collectors.model.records import Failure
from collectors.platforms.probe_failures import failure_of


@pytest.mark.parametrize(
    ("words", "failure"),
    [
        ("timed out", Failure.TIMED_OUT),
        ("no reply", Failure.NO_REPLY),
        ("timed out after it connected", Failure.STALLED),
        ("reset after it connected", Failure.RESET),
        ("refused", Failure.REFUSED),
        ("not attempted: address already in use", Failure.NOT_ATTEMPTED),
        ("frag needed and df set (mtu = 1400)", Failure.TOO_BIG),
        ("packet too big: mtu=1280", Failure.TOO_BIG),
        ("local error: message too long, mtu=1400", Failure.TOO_BIG_TO_SEND),
        # a part of the packet was lost: nobody said that it is too big
        ("frag reassembly time exceeded", Failure.AGED),
        ("time to live exceeded", Failure.AGED),
        ("sendmsg: Required key not available", Failure.NO_TUNNEL_PEER),
        ("sendmsg: Destination address required", Failure.NO_PEER_ADDRESS),
        ("destination host prohibited", Failure.PROHIBITED),
        ("packet filtered", Failure.PROHIBITED),
        ("destination net unreachable", Failure.NET_UNREACHABLE),
        ("network is unreachable", Failure.NET_UNREACHABLE),
        ("destination unreachable: address unreachable", Failure.HOST_UNREACHABLE),
        ("destination port unreachable", Failure.UNREACHABLE),
        ("no route to host", Failure.OTHER),
        ("", Failure.OTHER),
    ],
)
def test_words_and_what_they_mean(words: str, failure: Failure) -> None:
    assert failure_of(words) is failure
