"""The field guide's seven common mistakes, each recognised by its symptom and shown by its name."""

from __future__ import annotations

import pytest

from tests.analysis.diagnosis.built_findings import STATEFUL, Scene
from tests.analysis.diagnosis.hypotheses.test_ecmp import hashed
from tests.analysis.diagnosis.hypotheses.test_routing import multi_homed, policy
from tests.analysis.diagnosis.hypotheses.test_sizes_and_sessions import narrow
from tests.analysis.diagnosis.hypotheses.test_translation import balanced
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Verdict
from workbench.analysis.diagnosis.ranking import common_mistakes as mistakes
from workbench.terminal.summary import summary


def refused() -> Scene:
    """[client] - (r1) - fw-a - [server] - fw-b - (r1): fw-b counts INVALID packets."""
    scene = Scene("client r1 fw-a server", "server fw-b r1 client", works=False)
    scene.filters("fw-a", *STATEFUL).filters("fw-b", *STATEFUL)
    return scene.dropped("fw-b", "SYN-ACK", reverse=True).moved("fw-b", 4, "invalid", "conntrack")


def sometimes() -> Scene:
    """Both routers hash over both firewalls; one attempt of three worked."""
    scene = hashed().dropped("fw-b", "SYN-ACK", reverse=True).attempt(ConnState.NO_ANSWER)
    return scene.attempt(ConnState.WORKED).attempt(ConnState.NO_ANSWER)


def strictly() -> Scene:
    """The server checks reverse paths, and refuses what comes in by its second interface."""
    return multi_homed().dropped("server", "SYN").moved("server", 4, "TcpExtIPReversePathFilter")


def too_large() -> Scene:
    """Large packets vanish on the way."""
    return narrow().moved("r1", 6, "IpFragFails").attempt(ConnState.STALLED)


KNOWN = [
    (1, "Some clients cannot connect", policy, "routes by the sender's address"),
    (2, "Retries work", sometimes, "1 of 3 attempts worked"),
    (3, "The firewall reports invalid state", refused, "fw-b called 4 packets invalid"),
    (4, "Only one host is broken", strictly, "server refuses the SYN on arrival"),
    (5, "Health checks are green", balanced, "lb1 reaches the server itself"),
    (6, "It smells like MTU", too_large, "r1 passes"),
    (7, "Strict anti-spoofing", strictly, "server checks reverse paths strictly"),
]


def of(scene: Scene) -> Verdict:
    """The verdict in a context."""
    return scene.verdict()


@pytest.mark.parametrize(
    ("number", "name", "scene", "sign"),
    KNOWN,
    ids=lambda value: getattr(value, "__name__", str(value))[:24],
)
def test_a_common_mistake_is_known_by_its_symptom(
    number: int, name: str, scene: object, sign: str
) -> None:
    assert callable(scene)
    verdict = of(scene())
    (found,) = (mistake for mistake in verdict.mistakes if mistake.number == number)
    assert found.name.startswith(name) and any(sign in one for one in found.signs)
    assert found.behind and found.helps
    assert found.name in summary(verdict)


def test_a_flow_that_works_shows_none_of_them() -> None:
    scene = policy()
    scene.works, scene.drops = True, []
    assert of(scene).mistakes == ()


def test_a_sign_that_both_directions_show_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small link that is met on the way out and on the way back."""
    real = mistakes.narrows
    monkeypatch.setattr(mistakes, "narrows", lambda scene: (*real(scene), *real(scene)))
    (mistake,) = (one for one in of(too_large()).mistakes if one.number == 6)
    assert len(mistake.signs) == len(set(mistake.signs)) > 0


def test_mistakes_are_named_with_their_signs() -> None:
    scene = Scene("client r1 fw-a r2 server", "server r2 fw-b r1 client", works=False)
    scene.filters("fw-a", *STATEFUL).filters("fw-b", *STATEFUL)
    scene.dropped("fw-b", "SYN-ACK", reverse=True).moved("fw-b", 4, "invalid", "conntrack")
    verdict = scene.verdict()
    assert [m.number for m in verdict.mistakes] == [3]
    assert verdict.as_dict()["mistakes"][0]["signs"] == [
        "fw-b called 4 packets invalid during the capture"
    ]


def test_a_healthy_flow_shows_no_mistake() -> None:
    assert Scene("client r1 server", "server r1 client", works=True).verdict().mistakes == ()
