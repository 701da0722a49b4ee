"""A pair of firewalls with a daemon that shares sessions, and this flow's is not shared: what keeps
it?

[client] -- (r1) -- fw-a -- (r2) -- [server], and back by fw-b
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.platforms.linux.counter_meanings import counted
from collectors.platforms.linux.knobs import setting_of
from tests.analysis.diagnosis.built_findings import STATEFUL, Scene, session
from workbench.analysis.case.verdict import Cause, FixClass, Hypothesis

Entry = tuple[str, str]


def pair(*sends: Entry, hears: tuple[Entry, ...] = (), exchanged: int = 0, flow: str = "") -> Scene:
    """What fw-a's conntrackd is configured to tell, and fw-b's to do with it."""
    scene = Scene("client r1 fw-a r2 server", "server r2 fw-b r1 client", works=False)
    scene.flow = Flow.parse(flow) if flow else scene.flow
    for name, entries in (("fw-a", sends), ("fw-b", hears)):
        settings = [
            setting_of("running.conntrackd", "yes"),
            *(setting_of(f"conntrackd.{k}", v) for k, v in entries),
        ]
        numbers = [
            counted("conntrackd", f"UDP traffic / {kind}", exchanged)
            for kind in ("Pckts sent", "Pckts recv")
        ]
        scene.filters(name, *STATEFUL).say(name, Question.STATE_SYNC, *settings, *numbers)
    scene.say("fw-a", Question.SESSIONS, session(scene.flow, answered=False)).say(
        "fw-b", Question.SESSIONS
    )
    return scene.dropped("fw-b", "SYN-ACK", reverse=True)


def best(scene: Scene) -> Hypothesis:
    found = scene.verdict().best.hypothesis
    assert (found.cause, found.guilty_node) == (Cause.ASYM_STATEFUL_FW, "fw-b")
    return found


LEAVES_OUT = {
    "the server's network": (("address.ignore", "10.0.2.0/24"),),
    "the client itself": (("address.ignore", "127.0.0.1"), ("address.ignore", "10.0.1.20")),
    "all but some other networks": (("address.accept", "10.9.0.0/16"),),
    "all but UDP": (("protocol.accept", "UDP"),),
    "TCP": (("protocol.ignore", "TCP"),),
    "what waits for its first answer": (
        ("state.accept", "ESTABLISHED"),
        ("state.accept", "CLOSED"),
    ),
}


@pytest.mark.parametrize("what", LEAVES_OUT)
def test_the_filter_of_who_saw_the_request_leaves_the_session_out(what: str) -> None:
    found = best(pair(*LEAVES_OUT[what]))
    assert "conntrackd of fw-a" in found.summary
    fix = next(one for one in found.fixes if one.fix_class is FixClass.ENABLE_STATE_SYNC)
    assert fix.device == "fw-a" and fix.commands[0].startswith(
        "# in /etc/conntrackd/conntrackd.conf: "
    )


def test_the_entry_is_named_with_the_address_that_it_holds() -> None:
    found = best(pair(("address.ignore", "10.0.2.0/24"), ("config", "/run/sync.conf")))
    assert "its Filter ignores the address 10.0.2.0/24, which 10.0.2.10 is of" in found.summary
    assert any(
        one.commands[0] == "# in /run/sync.conf: take 10.0.2.0/24 out of Address Ignore"
        for one in found.fixes
    )


def test_a_partner_that_keeps_what_it_is_told_in_a_cache() -> None:
    found = best(pair(hears=(("external_cache", "on"),)))
    assert "conntrackd of fw-b keeps what its partner sends in its external cache" in found.summary


HARMLESS = (
    ("address.ignore", "10.0.3.0/24"),
    ("address.ignore", "no network"),
    ("address.accept", "10.0.0.0/8"),
    ("protocol.accept", "TCP"),
    ("state.accept", "SYN_SENT"),
    ("external_cache", "on"),  # of who tells: it is the listener's that counts
)


def test_entries_that_do_not_touch_the_flow_are_not_blamed() -> None:
    found = best(pair(*HARMLESS, hears=(("external_cache", "off"),), exchanged=9))
    assert "its sync daemon did not share this session with it" in found.summary
    assert not any(one.fix_class is FixClass.ENABLE_STATE_SYNC for one in found.fixes)


def test_what_only_one_of_the_two_runs_shares_nothing() -> None:
    scene = pair(("address.ignore", "10.0.2.0/24"))
    scene.say("fw-b", Question.STATE_SYNC)
    assert "the two do not share sessions" in best(scene).summary


def test_a_configuration_that_was_cut_says_nothing_by_what_it_lacks() -> None:
    scene = pair(hears=(("external_cache", "on"),))
    scene.evidence = [
        replace(e, truncated=e.question is Question.STATE_SYNC) for e in scene.evidence
    ]
    assert "external cache" not in best(scene).summary
