"""Invented pastes, truth first: each verdict is as its truth says, or less sure, and never something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.telling import Told, told_of
from workbench.analysis.verdict import Direction, Outcome

FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:443"
Check = Callable[[Told], bool]

CLIENT_SS = """ops@client:~$ ss -tan
State      Recv-Q Send-Q Local Address:Port   Peer Address:Port Process
LISTEN     0      128          0.0.0.0:22          0.0.0.0:*
SYN-SENT   0      1         192.0.2.20:43122  203.0.113.10:443
"""
SERVER_NETSTAT = """server$ netstat -tan
Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State
tcp        0      0 0.0.0.0:443             0.0.0.0:*               LISTEN
tcp        0      0 203.0.113.10:443        192.0.2.20:43122        SYN_RECV
"""


def says(*words: str, direction: Direction | None = None, outcome: Outcome = Outcome.INCONCLUSIVE) -> Check:
    def holds(case: Told) -> bool:
        return (
            case.verdict.outcome is outcome
            and case.direction is direction
            and all(word in case.words for word in words)
        )

    return holds


PASTES: dict[str, tuple[str, dict[str, str], Check]] = {
    "the server's socket has answered": (
        FLOW,
        {"client": CLIENT_SS, "server": SERVER_NETSTAT},
        says("client waits for an answer (SYN-SENT)", direction=Direction.REVERSE),
    ),
}


@pytest.mark.parametrize("case", PASTES)
def test_a_paste_comes_out_as_its_truth_says(case: str, tmp_path: Path) -> None:
    flow, pasted, holds = PASTES[case]
    files = [(device, tmp_path / f"{device}.txt") for device in pasted]
    for device, path in files:
        path.write_text(pasted[device])
    found = told_of(flow, files)
    assert holds(found), str(found)
