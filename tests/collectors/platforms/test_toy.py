"""A new kind of device is one folder that is listed: nothing else knows of it, and everything works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from collectors import guard, platforms
from collectors.answering import (
    CannotAsk,
    answer_for,
    command_for,
    not_asked,
    platform_of,
    read_output,
)
from collectors.inventory.file import from_dict
from collectors.model.answer import Output
from collectors.model.driver import Driver
from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Inventory
from collectors.model.records import Interface, Route
from collectors.model.step import Options
from collectors.paste.flows import recognise
from collectors.paste.marks import marked
from collectors.paste.recognise import outputs, recognise_output, typed_command
from collectors.session import SshDriver
from tests.collectors.platforms.toy import TOY
from tests.collectors.router import Router
from workbench.analysis.case.case import Case
from workbench.analysis.case.verdict import Cause, Verdict
from workbench.analysis.run import Judged, investigate
from workbench.incidents.pasted import pieces

FLOW = Flow.parse("tcp 10.0.1.10:40000 > 10.0.2.20:443")
PORTS = (
    "ToyOS ports\nport1 up 02:00:00:00:00:01 10.0.1.1/24\nport2 up 02:00:00:00:00:02 10.0.9.1/24\n"
)
ROUTES = "ToyOS routes\n10.0.1.0/24 on port1\n10.0.9.0/24 on port2\n"
SAID = {
    "show system": "toy-1 runs ToyOS 3\n",
    "show ports": PORTS,
    "show routes": ROUTES,
    "show way 10.0.1.10 10.0.2.20 in port1": "no way\n",
    "show way 10.0.1.10 10.0.2.20": "no way\n",
    "show way 10.0.2.20 10.0.1.10": "on port1\n",
    "show way 10.0.2.20 10.0.1.10 in port2": "on port1\n",
}


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a new platform needs beside its folder."""
    monkeypatch.setattr(platforms, "PLATFORMS", (*platforms.PLATFORMS, TOY))


def inventory(port: int = 22, known_hosts: str = "") -> Inventory:
    ssh = {"host": "127.0.0.1", "port": port, "user": "ops", "password": "secret"}
    ssh |= {"known_hosts": known_hosts} if known_hosts else {}
    toy = {"name": "toy-1", "role": "router", "platform": "toy", "ssh": ssh}
    others = [
        {"name": "client", "role": "client", "addresses": ["10.0.1.10/24"]},
        {"name": "r2", "role": "router", "addresses": ["10.0.9.2/24", "10.0.2.1/24"]},
        {"name": "server", "role": "server", "addresses": ["10.0.2.20/24"]},
    ]
    return from_dict({"devices": [toy, *others]})


# --- asking ---


class Devices(Driver):
    """Answers as the devices would: commands of the catalogue, past the guard, and their parsers."""

    def __init__(self, devices: Inventory) -> None:
        self.inventory, self.sent = devices, list[str]()

    def ask(self, queries: Sequence[Query]) -> Iterator[Evidence]:
        for query in queries:
            try:
                yield self._answer(query)
            except CannotAsk as why:
                yield not_asked(query, str(why))

    def _answer(self, query: Query) -> Evidence:
        device = self.inventory.named(query.device)
        if device is None or device.login is None:
            raise CannotAsk("nobody can log in to it")
        platform = platform_of(device)
        command = command_for(answer_for(platform, query), query)
        guard.check(command.encode(), platform, query)
        self.sent.append(command)
        raw = SAID[command].encode()
        status, reading, reason = read_output(platform, query, Output(raw))
        return Evidence("", query, status, command, raw, b"", 0, reading.records, reason=reason)


def diagnosed(case: Case, driver: Driver) -> Verdict:
    run_events = list(
        investigate(
            case, driver, Options(window=0.1), lambda: False, platforms=platforms.platform_named
        )
    )
    return [one.verdict for one in run_events if isinstance(one, Judged)][-1]


def test_a_run_finds_its_fault_and_spells_the_fix_in_its_words() -> None:
    driver = Devices(inventory())
    verdict = diagnosed(Case(FLOW, driver.inventory), driver)
    best = verdict.best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.NO_FORWARD_ROUTE, "toy-1")
    assert "show ports" in driver.sent
    assert best.fixes[0].commands == ("route add 10.0.2.20 by 10.0.9.2",)


def test_what_it_cannot_be_asked_is_told_in_words() -> None:
    driver = Devices(inventory())
    [item] = driver.ask([Query("toy-1", Question.SESSIONS)])
    assert item.status is Status.NOT_ASKED
    assert item.reason == "ToyOS has no command for the question 'sessions'"


def test_a_login_prepares_its_screen_and_tells_its_clock(tmp_path: Path) -> None:
    router = Router(tmp_path, {**SAID, "show clock": "seconds 1763814000"})
    driver = SshDriver(inventory(router.port, str(router.known_hosts)))
    try:
        [item] = driver.ask([Query("toy-1", Question.INTERFACES)])
    finally:
        driver.close()
        router.stop()
    assert [one.name for one in item.of(Interface)] == ["port1", "port2"]
    asked = [command for command in router.commands if command in {*SAID, "screen endless"}]
    assert asked == ["screen endless", "show ports"]
    assert item.clock_offset < -1e6 and item.clock_uncertainty >= 0.5


def test_a_login_that_is_opened_anew_is_prepared_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = {q: replace(answer, timeout=0.5) for q, answer in TOY.answers.items()}
    monkeypatch.setattr(platforms, "PLATFORMS", (replace(TOY, answers=hasty),))
    router = Router(tmp_path, SAID)
    router.silent.add("show routes")
    driver = SshDriver(inventory(router.port, str(router.known_hosts)))
    try:
        [lost] = driver.ask([Query("toy-1", Question.ROUTES)])
        [item] = driver.ask([Query("toy-1", Question.INTERFACES)])
    finally:
        driver.close()
        router.stop()
    assert (lost.status, item.status) == (Status.NO_ANSWER, Status.ANSWERED)
    asked = [command for command in router.commands if command in {*SAID, "screen endless"}]
    assert asked == ["screen endless", "show routes", "screen endless", "show ports"]


def test_it_says_no_in_its_own_way() -> None:
    query = Query("toy-1", Question.ROUTES)
    status, _, reason = read_output(TOY, query, Output(b"? not for you\r\n"))
    assert (status, reason) == (Status.REFUSED, "this user may not do that")


# --- the guard ---


@pytest.mark.parametrize(
    "text", ["erase all", "screen blank", "show routes; erase all", "show | save x", "route add x"]
)
def test_nothing_else_may_be_sent(text: str) -> None:
    assert guard.refusal(text.encode(), TOY)


def test_its_programs_are_not_those_of_others() -> None:
    linux = platforms.platform_named("linux")
    assert linux and guard.refusal(b"show routes", linux) and guard.refusal(b"ip route", TOY)


# --- paste ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ROUTES, (Question.ROUTES, "toy")),
        (f"toy-1 => show routes\n{ROUTES}", (Question.ROUTES, "toy")),
        ("toy-1 => show system\ntoy-1 runs ToyOS 3\n", (Question.IDENTITY, "toy")),
        ("toy-1 runs ToyOS 3\n", None),
    ],
    ids=["its shape", "its command and its shape", "its command alone", "nothing of its own"],
)
def test_a_pasted_output_is_recognised(text: str, found: tuple[Question, str] | None) -> None:
    assert recognise_output(text) == found


def test_its_prompt_names_the_device_and_its_pager_is_no_output() -> None:
    typed = typed_command(f"toy-1 => show routes\n{ROUTES}")
    assert typed and (typed.host, typed.command.text) == ("toy-1", "show routes")
    assert marked(f"{ROUTES}-- press space --\n").paged


def test_a_line_of_its_log_names_the_flow_as_its_client_sent_it() -> None:
    line = "toyd: dropped tcp of port 443 at 10.0.2.20 for port 40000 at 10.0.1.10"
    assert recognise(line) == FLOW


def test_outputs_without_prompts_are_told_apart() -> None:
    assert outputs(PORTS + ROUTES) == [PORTS, ROUTES]


def test_a_whole_terminal_is_pasted_and_diagnosed() -> None:
    text = f"toy-1 => show ports\n{PORTS}toy-1 => show routes\n{ROUTES}toy-1 =>\n"
    evidence = pieces.read_all(text.encode(), FLOW, "", "ana").evidence
    assert [item.device for item in evidence] == ["toy-1", "toy-1"]
    assert len(evidence[0].of(Interface)) == len(evidence[1].of(Route)) == 2
    verdict = diagnosed(Case(FLOW, inventory(), evidence), Devices(from_dict({"devices": []})))
    assert verdict.best.hypothesis.guilty_node == "toy-1"


def test_a_route_that_could_not_be_read_is_not_none() -> None:
    """It may be the very route that the flow takes."""
    table = f"{ROUTES}anything else by 10.0.9.2 on port2\n"
    text = f"toy-1 => show ports\n{PORTS}toy-1 => show routes\n{table}toy-1 =>\n"
    evidence = pieces.read_all(text.encode(), FLOW, "", "ana").evidence
    assert evidence[1].unread and not evidence[1].whole
    verdict = diagnosed(Case(FLOW, inventory(), evidence), Devices(from_dict({"devices": []})))
    assert verdict.best.hypothesis.cause is not Cause.NO_FORWARD_ROUTE
