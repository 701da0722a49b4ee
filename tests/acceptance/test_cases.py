"""What people really bring: each case of public reports comes out as its truth says, and never as
what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_files
from workbench.analysis.case.verdict import Cause, Direction, Outcome

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the cases are not beside this checkout")


def diagnose(flow: str, *pasted: str) -> PastedCase:
    return diagnose_files(
        flow,
        [(device, CASES / name) for device, _, name in (word.partition("=") for word in pasted)],
    )


SSH = "tcp 192.0.2.7:40001 > 198.51.100.7:22"
WEB = "tcp 100.86.95.53:39282 > 100.94.66.26:443"
POD = "tcp 10.244.1.192:42240 > 10.103.175.29:7800"
ROCKY = "tcp 192.168.27.13:38498 > 10.87.87.202:80"
NODE8 = "tcp 198.51.100.11:56878 > 203.0.113.81:80"
FIREWALLD = "tcp 192.168.1.120:51522 > 10.50.0.2:8096"
OPN = "tcp 192.168.100.1:31315 > 192.168.100.21:8080"
LAPTOP = "tcp 192.168.2.19:51000 > 10.45.0.1:443"

VRACK = "203.0.113.94"
FORWARD, REVERSE = Direction.FORWARD, Direction.REVERSE

Check = Callable[[PastedCase], bool]


def broken(case: PastedCase) -> bool:
    return case.verdict.outcome is not Outcome.HEALTHY


def all_read(case: PastedCase) -> bool:
    return all(piece.question and not piece.unread for piece in case.pieces)


def blames(cause: Cause, device: str, direction: Direction) -> Check:
    return lambda case: (case.cause, case.guilty, case.direction) == (cause, device, direction)


def named(system: str) -> Check:
    return lambda case: (
        bool(case.pieces) and all(f"looks like {system}" in piece.note for piece in case.pieces)
    )


TRUTHS: dict[str, tuple[str, tuple[str, ...], Check]] = {
    "repeated-synack": (
        SSH,
        ("pc=min/repeated-synack.txt",),
        lambda case: broken(case) and case.direction is FORWARD,
    ),
    "repeated-data-relative": (SSH, ("pc=min/repeated-data-relative.txt",), broken),
    "repeated-data-absolute": (SSH, ("pc=min/repeated-data-absolute.txt",), broken),
    "healthy-relative": (
        "tcp 10.0.0.50:52110 > 10.0.3.221:443",
        ("h=min/healthy-relative.txt",),
        lambda case: (
            case.verdict.outcome is Outcome.HEALTHY
            and case.sure == 0.5
            and "the only place" in case.words
        ),
    ),
    "sack hole": (
        WEB,
        ("host=min/healthy-with-sack-hole.txt",),
        lambda c: c.cause is Cause.PMTUD_BLACKHOLE,
    ),
    "04": (
        WEB,
        ("host=04-tailscale-mtu-vvv/host2.txt", "web=04-tailscale-mtu-vvv/server-side.txt"),
        lambda case: case.cause is Cause.PMTUD_BLACKHOLE,
    ),
    "route-tables": (
        NODE8,
        ("srv=min/route-tables.txt",),
        lambda case: (
            all_read(case)
            and not case.verdict.changes
            and case.verdict.reverse_path == ("srv", VRACK)
        ),
    ),
    **{
        name: (
            NODE8,
            (f"node8=06-kubeproxy-TRACE-log/{name}.txt",),
            lambda case: (
                all_read(case)
                and not case.verdict.changes
                and case.verdict.reverse_path == ("node8", VRACK)
                and blames(Cause.RP_FILTER_STRICT, "node8", FORWARD)(case)
            ),
        )
        for name in ("node8", "node8-order")
    },
    "own-address": (
        "tcp 198.51.100.11:56878 > 192.0.2.8:80",
        ("srv=min/own-address.txt",),
        lambda case: case.verdict.forward_path[-1] == "srv",
    ),
    "capture-interface-of-command": (
        "tcp 198.51.100.77:35288 > 10.1.0.2:80",
        ("nas=min/capture-interface-of-command.txt",),
        lambda case: "came in on eth0" not in case.words and all_read(case),
    ),
    "07": (
        "tcp 198.51.100.77:35288 > 203.0.113.9:80",
        ("vps=07-wg-policy-v/vps-real.txt", "nas=07-wg-policy-v/nas-all.txt"),
        lambda case: (
            (case.cause, case.decided_by, case.direction)
            == (Cause.NAT_RETURN_BYPASS, "nas", REVERSE)
            and "requests on wg0" in case.words
        ),
    ),
    "nft-chain-with-unseen-jump": (
        FIREWALLD,
        ("fw=min/nft-chain-with-unseen-jump.txt",),
        lambda case: case.cause is not Cause.TRANSIT_POLICY_DENY,
    ),
    "02": (
        FIREWALLD,
        ("fw=02-firewalld-invalid/fw-full.txt",),
        lambda case: (
            blames(Cause.ASYM_STATEFUL_HALF_PATH, "fw", REVERSE)(case)
            and "its own log" in case.words
            and "10.50.0.2" in {fix.device for fix in case.verdict.best.hypothesis.fixes}
        ),
    ),
    "02 without its rules": (
        FIREWALLD,
        ("fw=02-firewalld-invalid/fw.txt",),
        lambda case: (
            blames(Cause.ASYM_STATEFUL_HALF_PATH, "fw", REVERSE)(case)
            and [fix.device for fix in case.verdict.best.hypothesis.fixes] == ["10.50.0.2"]
        ),
    ),
    "martian-line": (
        "tcp 198.51.100.40:40001 > 192.0.2.30:443",
        ("gw=min/martian-line.txt",),
        blames(Cause.RP_FILTER_STRICT, "gw", FORWARD),
    ),
    "tcpdump-e": (POD, ("node=min/tcpdump-e.txt",), all_read),
    "ev": (OPN, ("opn=min/ev.txt",), all_read),
    "gui": (OPN, ("opn=min/gui.txt",), all_read),
    "ws": (LAPTOP, ("pc=min/ws.txt",), lambda case: all_read(case) and broken(case)),
    "tshark": (LAPTOP, ("pc=min/tshark.txt",), all_read),
    "prompt-pod": (
        POD,
        ("pod=min/prompt-pod.txt",),
        lambda case: len(case.pieces) == 2 and all_read(case),
    ),
    "prompt-coreos": (
        "tcp 10.0.0.5:42240 > 10.9.9.9:80",
        ("node=min/prompt-coreos.txt",),
        lambda case: len(case.pieces) == 2 and all_read(case),
    ),
    "prompt-fortigate": (
        "tcp 10.0.0.50:55432 > 10.20.30.40:443",
        ("f=min/prompt-fortigate.txt",),
        named("FortiGate"),
    ),
    "ip-brief-oneline": (
        "tcp 192.168.27.13:44444 > 10.0.0.9:443",
        ("h=min/ip-brief-oneline.txt",),
        all_read,
    ),
    "tracelog": (NODE8, ("node8=min/tracelog-ack0-line.txt",), all_read),
    "01": (
        POD,
        tuple(
            f"{device}=01-bridge-nf-clusterip/{device}.txt" for device in ("pod1", "pod2", "node")
        ),
        blames(Cause.NAT_RETURN_BYPASS, "node", REVERSE),
    ),
    "03": (
        ROCKY,
        tuple(
            f"kube-{n}=03-rocky-rpfilter/{name}{n}.txt" for n in (1, 2) for name in ("kube-", "a")
        ),
        blames(Cause.RP_FILTER_STRICT, "kube-2", FORWARD),
    ),
    "03d": (
        ROCKY,
        tuple(f"kube-{n}=03-rocky-rpfilter/kube-{n}d.txt" for n in (1, 2)),
        lambda case: blames(Cause.RP_FILTER_STRICT, "kube-2", FORWARD)(case) and case.sure > 0.9,
    ),
    **{
        name: (
            "tcp 10.0.2.55:40112 > 172.20.0.10:53",
            (f"node=05-nft-trace-eni/{name}.txt",),
            lambda case: (
                blames(Cause.PBR_WRONG_RETURN_GATEWAY, "node", FORWARD)(case)
                and not case.verdict.changes
            ),
        )
        for name in ("node", "node-all")
    },
    "09": (
        "tcp 198.51.100.115:1021 > 203.0.113.20:515",
        ("srx1=09-srx-flowtrace/srx.txt",),
        named("Juniper"),
    ),
    "10": (
        "tcp 10.1.1.21:51234 > 203.0.113.50:443",
        ("asa1=10-asa/asa1.txt", "asa2=10-asa/asa2.txt"),
        named("Cisco ASA"),
    ),
    "11": (
        "tcp 10.0.0.50:55432 > 10.20.30.40:443",
        ("fgt=11-fortigate/fgt.txt",),
        named("FortiGate"),
    ),
    "15": (
        "udp 10.17.175.251:28317 > 203.0.113.177:4444",
        ("gw=15-hysteria-udp-invalid/gw.txt",),
        lambda case: (
            case.guilty == "gw" and case.direction is REVERSE and "its own log" in case.words
        ),
    ),
    "17": (
        "tcp 172.17.0.2:45332 > 198.51.100.82:443",
        ("vps=17-xray-any-text/vps.txt",),
        lambda case: (
            broken(case)
            and case.direction is REVERSE
            and case.verdict.drop is not None
            and (case.verdict.drop.node, case.verdict.drop.interface) == ("vps", "docker0")
        ),
    ),
}


@pytest.mark.parametrize("case", TRUTHS)
def test_a_case_comes_out_as_its_truth_says(case: str) -> None:
    flow, pasted, holds = TRUTHS[case]
    found = diagnose(flow, *pasted)
    assert holds(found), str(found)
