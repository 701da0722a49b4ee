"""A fix for a device whose commands are not known says in words what to change, and where."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import workbench.lab
from collectors.model.evidence import Question
from collectors.model.inventory import Inventory
from collectors.model.platform import Platform
from collectors.model.records import Interface
from collectors.model.remedy import Advice, Remedy
from collectors.model.remedy.sessions import ForgetPathMtu
from collectors.model.step import Options
from collectors.offline.recording import load_recording
from collectors.offline.replay import ReplayDriver
from collectors.platforms import platform_named
from tests.analysis.diagnosis.built_findings import Scene
from tests.analysis.diagnosis.remedies.test_remedies import link
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition, Findings
from workbench.analysis.case.run_events import Judged
from workbench.analysis.case.verdict import Fix, FixClass, Preparation
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.diagnosis.remedies.spelling import Speller, in_commands
from workbench.analysis.run import investigate

RECORDINGS = sorted(
    path.parent
    for path in Path(workbench.lab.__file__).parent.glob("recordings/*/recording.json.gz")
)
TOOLS = re.compile(
    r"\b(ip (-6 )?(route|rule|neigh|addr|link)|nft|iptables|conntrack|ss -|systemctl|vtysh)\b"
)
# how a line for such a device may begin
OWN = {
    "windows": re.compile(r"# |REM |route |arp |netsh advfirewall "),
    "bsd": re.compile(r"# |route |arp |ndp |sysctl -w net\.inet"),
}


def of(platform: str, inventory: Inventory) -> Inventory:
    """The same devices, all of another kind."""
    return replace(
        inventory, devices=tuple(replace(one, platform=platform) for one in inventory.devices)
    )


def on(platform: str, findings: Findings) -> Findings:
    case = replace(findings.case, inventory=of(platform, findings.case.inventory))
    return replace(findings, case=case)


def missing_route() -> Findings:
    """client - r1 - r2 - server, and r1 has no route to the server."""
    scene = Scene(
        "client r1", "server r2 r1 client", works=False, fates={False: Disposition.NO_ROUTE}
    ).dropped("r1", "SYN")
    scene.say("r1", Question.INTERFACES, link("from-r2", "10.3.0.1/24"))
    return scene.say("r2", Question.INTERFACES, link("to-r1", "10.3.0.2/24")).findings()


def test_a_missing_route_is_told_in_words() -> None:
    found = on("junos", missing_route())
    (fix,) = in_commands(judge(found), found.case, platform_named).best.hypothesis.fixes
    assert fix.fix_class is FixClass.ADD_ROUTE and fix.device == "r1"
    what = "route packets for 10.0.2.10 via 10.3.0.2 on from-r2"
    lacks = "Bothways does not know the command of junos"
    assert fix.commands == (f"# on r1: {what}; {lacks}",)
    assert fix.rollback == ()
    assert fix.proof == "r1 sends packets for 10.0.2.10 by 10.3.0.2"
    assert fix.side_effects.startswith("covers this address only")


@pytest.mark.parametrize(
    ("platform", "command"),
    [
        ("windows", "route -p add 10.0.2.10 mask 255.255.255.255 10.3.0.2"),
        ("bsd", "route add -host 10.0.2.10 10.3.0.2"),
    ],
)
def test_a_missing_route_is_told_in_the_systems_own_command(platform: str, command: str) -> None:
    found = on(platform, missing_route())
    (fix,) = in_commands(judge(found), found.case, platform_named).best.hypothesis.fixes
    assert fix.commands == (command,) and len(fix.rollback) == 1


@pytest.mark.parametrize(("platform", "title"), [("windows", "Windows"), ("bsd", "BSD or macOS")])
def test_what_a_system_has_no_command_for_is_told_in_words(platform: str, title: str) -> None:
    found = on(platform, missing_route())
    fix = Fix.of(FixClass.RAISE_MTU, ForgetPathMtu("r1", 4))
    assert said(fix, found).commands[0].endswith(f"Bothways does not know the command of {title}")


def hostile(found: Findings) -> Findings:
    """r1's interface has a name that a shell would run."""
    evidence = tuple(
        replace(item, records=tuple(map(_renamed, item.records)))
        if item.question is Question.INTERFACES
        else item
        for item in found.case.evidence
    )
    return replace(found, case=replace(found.case, evidence=evidence))


def _renamed(record: object) -> object:
    return replace(record, name="a&calc|b\n$(id)") if isinstance(record, Interface) else record


def test_a_sentence_holds_nothing_that_a_shell_would_run() -> None:
    found = hostile(on("junos", missing_route()))
    (fix,) = in_commands(judge(found), found.case, platform_named).best.hypothesis.fixes
    assert "a\ufffdcalc\ufffdb\ufffd\ufffd(id)" in fix.commands[0]


@pytest.mark.parametrize("directory", RECORDINGS, ids=lambda path: path.name)
@pytest.mark.parametrize("platform", ["windows", "bsd"])
def test_no_device_gets_commands_of_another_kind(directory: Path, platform: str) -> None:
    recording = load_recording(directory)
    case = Case(recording.flow, of(platform, recording.inventory))
    *_, last = investigate(case, ReplayDriver(recording), Options(), platforms=platform_named)
    assert isinstance(last, Judged)
    ranked = (last.verdict.best, *last.verdict.alternatives, *last.verdict.also)
    for fix in (fix for one in ranked for fix in one.hypothesis.fixes):
        assert fix.remedy is None and fix.commands
        for line in (*fix.commands, *fix.rollback, fix.side_effects, fix.proof):
            assert not TOOLS.search(line), line
        assert all(map(OWN[platform].match, (*fix.commands, *fix.rollback)))


def test_the_recordings_propose_fixes_at_all() -> None:
    found = [
        last.verdict.best.hypothesis.fixes
        for directory in RECORDINGS
        for last in list(_played(directory))[-1:]
    ]
    assert any(found)


def _played(directory: Path) -> list[Judged]:
    recording = load_recording(directory)
    case = Case(recording.flow, of("windows", recording.inventory))
    driver = ReplayDriver(recording)
    run_events = investigate(case, driver, Options(), platforms=platform_named)
    return [one for one in run_events if isinstance(one, Judged)]


def said(fix: Fix, found: Findings) -> Fix:
    (fix_in_words,) = Speller(found.case, platform_named).fixes([fix])
    return fix_in_words


def test_advice_is_the_same_on_every_platform() -> None:
    found = missing_route()
    advice = Fix.of(FixClass.RAISE_LIMIT, Advice("r1", "raise the timeout", "put the old one back"))
    for platform in ("linux", "windows"):
        fix_in_words = said(advice, on(platform, found))
        assert fix_in_words.commands == ("# raise the timeout",)
        assert fix_in_words.rollback == ("# put the old one back",)


def prepared(*devices: str) -> Fix:
    forget: tuple[Remedy, ...] = tuple(ForgetPathMtu(name, 4) for name in devices)
    advice = Fix.of(FixClass.RAISE_MTU, Advice("r1", "raise the MTU"), proof="pings come back")
    return replace(advice, preparation=Preparation(forget, "which learnt it"))


def test_what_comes_before_the_proof_is_in_the_words_of_each_device() -> None:
    found = missing_route()
    forget = "first `ip -4 route flush cache` on client and server, which learnt it; then "
    assert said(prepared("client", "server"), found).proof == f"{forget}pings come back"
    devices = tuple(
        replace(one, platform="windows") if one.name == "server" else one
        for one in found.case.inventory.devices
    )
    mixed = replace(found, case=replace(found.case, inventory=Inventory(devices)))
    assert said(prepared("client", "server"), mixed).proof == (
        "first `ip -4 route flush cache` on client and delete the path MTU that was learnt on"
        " server, which learnt it; then pings come back"
    )


def test_a_speller_that_breaks_off_costs_no_verdict(caplog: pytest.LogCaptureFixture) -> None:
    def breaks(remedy: Remedy) -> None:
        raise KeyError("foreseen by nobody")

    found = missing_route()
    broken = Platform("linux", "Linux", "linux", spell=breaks)
    (fix,) = in_commands(judge(found), found.case, lambda name: broken).best.hypothesis.fixes
    assert fix.commands[0].endswith("Bothways does not know the command of Linux")
    assert "could not spell SetRoute" in caplog.text


def test_a_device_that_nobody_declared_gets_no_command() -> None:
    found = missing_route()
    fix = Fix.of(FixClass.RAISE_MTU, ForgetPathMtu("somebody", 4))
    assert said(fix, found).commands == (
        "# on somebody: delete the path MTU that was learnt;"
        " Bothways does not know what kind of device it is",
    )
