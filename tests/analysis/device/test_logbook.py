"""What a device's own log says of the flow: written by it, written now, and by which rule."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from collectors.model.records import FilterChain, FilterRule, Interface, LogLine, Match, Record
from collectors.platforms.linux.chain_places import with_place
from tests.analysis.diagnosis.built_findings import FLOW, Scene, port, rule, state
from tests.analysis.topology import Net
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause
from workbench.analysis.device.logbook import LoggedRefusal, refusals
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.drops import drops
from workbench.analysis.evidence.read import read

MAC, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02"
ANSWER = FLOW.reversed()


def line(prefix: str = "INVALID", flow: Flow = ANSWER, **changed: object) -> LogLine:
    """fw-b refuses a SYN-ACK."""
    made = LogLine(None, prefix, "out0", "in0", flow, "S.", f"{prefix} IN=out0 OUT=in0 {flow}")
    return replace(made, **changed)  # type: ignore[arg-type]


def case(
    *lines: LogLine, before: tuple[LogLine, ...] | None = (), rules: tuple[Record, ...] = ()
) -> Case:
    """What fw-b answered."""
    asked = [(Question.LOGS, "after", lines)] + (
        [(Question.LOGS, "before", before)] if before is not None else []
    )
    ports = (Interface("in0", 1, OTHER, 1500, True), Interface("out0", 2, MAC, 1500, True))
    answers: list[tuple[Question, str | None, tuple[Record, ...]]] = [
        (Question.INTERFACES, None, ports),
        *asked,
    ]
    answers += [(Question.FILTER, None, rules)] if rules else []
    evidence = tuple(
        Evidence(
            f"e{n}",
            Query("fw-b", question, QueryParams(sample=sample)),
            Status.ANSWERED,
            records=records,
        )
        for n, (question, sample, records) in enumerate(answers)
    )
    return Case(
        FLOW,
        Inventory((Device("fw-b", Role.FIREWALL, addresses=(ip_interface("10.9.0.1/24"),)),)),
        evidence,
    )


def found(known: Case) -> tuple[LoggedRefusal, ...]:
    """What it refused of the answers."""
    return refusals(known, "fw-b", (ANSWER,))


def chain(*rules: FilterRule, policy: str = "accept") -> tuple[Record, ...]:
    """fw-b's forward chain."""
    placed = tuple(replace(one, position=at) for at, one in enumerate(rules))
    return (
        with_place(FilterChain("nft", "inet", "filter", "forward", "forward", policy=policy)),
        *placed,
    )


def writes(prefix: str, verdict: str, *matches: Match) -> FilterRule:
    """A rule that logs."""
    return replace(rule(verdict, *matches), log_prefix=f"{prefix} ")


def test_a_line_that_is_new_was_written_while_we_watched() -> None:
    (one,) = found(case(line()))
    assert (one.fresh, one.packet, one.interface) == (True, "SYN-ACK", "out0")


def test_a_line_that_was_there_before_tells_of_earlier_days() -> None:
    assert [one.fresh for one in found(case(line(), before=(line(),)))] == [False]
    assert [one.fresh for one in found(case(line(), line(), before=(line(),)))] == [True, False]


def test_a_log_that_was_read_once_tells_not_when() -> None:
    assert [one.fresh for one in found(case(line(), before=None))] == [False]


def test_the_rule_that_writes_the_label_and_drops_is_named() -> None:
    (one,) = found(case(line("edge-7"), rules=chain(writes("edge-7", "drop", state("invalid")))))
    assert one.rule is not None and one.rule.verdict == "drop"


def test_a_rule_that_logs_before_another_drops_the_same_is_named() -> None:
    rules = chain(writes("edge-7", "continue", state("invalid")), rule("drop", state("invalid")))
    assert found(case(line("edge-7"), rules=rules))[0].rule == rules[2]


def test_the_policy_behind_a_rule_that_only_logs_is_named() -> None:
    (one,) = found(case(line("edge-7"), rules=chain(writes("edge-7", "continue"), policy="drop")))
    assert (one.rule, one.explained, one.refuser) == (None, True, "policy drop of chain forward")


def test_a_rule_that_logs_and_lets_pass_refuses_nothing() -> None:
    rules = chain(writes("INVALID", "continue", state("invalid")), rule("accept", port(40000)))
    assert not found(case(line("INVALID"), rules=rules))


def test_a_label_that_says_nothing_and_that_no_rule_writes_is_no_refusal() -> None:
    assert not found(case(line("edge-7")))


def test_what_another_machine_wrote_into_the_same_log_is_not_its_own() -> None:
    """Containers share the kernel's log, collectors keep that of many: the frame tells whom it was
    for."""
    assert not found(case(line(mac="02:00:00:00:00:99")))
    assert not found(case(line(iif="eth9")))
    assert found(case(line(mac=MAC)))
    sent = line(iif=None, oif="in0")
    assert not found(case(sent))


def test_what_ends_a_connection_is_often_refused_and_harms_nobody() -> None:
    assert not found(
        case(line(flags="F.")),
    ) and not found(case(line(flags="R")))


def test_a_firewall_that_nobody_may_watch_names_the_drop_in_its_log() -> None:
    """[client] - [r1] - [fw-a] - [server] - [fw-b] - [r1]: no capture on fw-b, but its log says
    what it refuses."""
    scene = Scene("client r1 fw-a server", "server fw-b r1 client", works=False).attempt(
        ConnState.NO_ANSWER
    )
    drops = rule("drop", state("invalid"))
    scene.filters(
        "fw-b",
        replace(drops, log_prefix="no session: "),
        rule("accept", state("established")),
        policy="drop",
    )
    scene.say("fw-b", Question.LOGS, sample="before")
    scene.say("fw-b", Question.LOGS, line("no session:"), sample="after")
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ASYM_STATEFUL_FW, "fw-b")
    assert any(
        "what refuses them is" in reason.text and reason.weight == 3
        for reason in best.hypothesis.reasons
    )
    assert best.confidence >= 0.8


def pasted(*lines: LogLine, rules: tuple[Record, ...] = (), flow: Flow = FLOW) -> Case:
    """The same, brought by a person: one log, read once, and nobody says when."""
    known = case(*lines, before=None, rules=rules)
    return replace(
        known, flow=flow, evidence=tuple(replace(one, pasted_by="rita") for one in known.evidence)
    )


def test_of_a_pasted_log_what_begins_a_flow_tells_where_it_stops() -> None:
    (one,) = found(pasted(line()))
    assert (one.fresh, one.shows_where) == (False, True)
    assert not found(case(line(), before=None))[0].shows_where


def test_of_a_pasted_log_an_acknowledgement_may_be_the_end_of_a_connection() -> None:
    assert not found(pasted(line(flags=".")))[0].shows_where


def test_the_rule_that_leads_to_the_one_that_logs_tells_why() -> None:
    """`ct state invalid jump log-and-drop`, and there `log`, `drop`: the label alone says
    nothing."""
    jump = replace(rule("jump", state("invalid")), target="refuse")
    there = [
        replace(one, chain="refuse", position=at)
        for at, one in enumerate((writes("", "continue"), rule("drop")))
    ]
    (one,) = found(pasted(line(""), rules=(*chain(jump), *there)))
    assert (one.strange, one.by) == (True, jump)
    assert one.chain is not None and one.chain.name == "forward"


def stopped(*lines: LogLine, flow: Flow = FLOW) -> Scene:
    """[client] - [fw] - [server]: nothing but fw's rules and its log, as pasted; the rules know
    both directions."""
    scene = Scene("client fw server", "server fw client", flow=flow)
    scene.attempted = False
    scene.filters(
        "fw", rule("accept", state("established")), rule("drop", state("invalid")), rule("accept")
    )
    scene.say("fw", Question.LOGS, *lines)
    scene.evidence[:] = [replace(one, pasted_by="rita") for one in scene.evidence]
    known = scene.findings()
    scene.drops += drops(known.case, (known.forward, known.reverse), ())
    return scene


def test_a_pasted_log_line_that_refuses_a_datagram_is_in_the_verdict() -> None:
    udp = Flow.parse("udp 10.0.1.20:40000 > 10.0.2.10:4444")
    verdict = stopped(line("INVALID", udp.reversed(), flags=""), flow=udp).verdict()
    best = verdict.best.hypothesis
    assert (best.cause, best.guilty_node, best.direction) == (
        Cause.TRANSIT_POLICY_DENY,
        "fw",
        "reverse",
    )
    assert "its own log names 1 UDP packet" in (best.summary or "")
    assert verdict.drop is not None and verdict.drop.node == "fw"


def test_a_syn_ack_that_fits_no_session_tells_that_the_syn_went_elsewhere() -> None:
    best = stopped(line("INVALID")).verdict().best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.ASYM_STATEFUL_HALF_PATH, "fw")
    assert "it never saw the SYN" in (best.summary or "")


def test_a_pasted_log_line_does_not_stand_against_a_flow_that_works() -> None:
    scene = stopped(line("INVALID"))
    scene.works = True
    assert scene.verdict().best.hypothesis.cause is Cause.HEALTHY_SYMMETRIC


def test_a_beginning_that_pf_logs_as_blocked_is_denied_there() -> None:
    best = judge(read(pasted_line("rule 0/0(match): block"))).best.hypothesis
    assert (best.cause, best.guilty_node, best.direction) == (
        Cause.TRANSIT_POLICY_DENY,
        "r1",
        "forward",
    )


def test_a_logged_packet_that_a_rule_let_in_accuses_nobody() -> None:
    """pf logs a connection where it lets it in, and nowhere else: that says nothing about where it
    goes."""
    assert judge(read(pasted_line("rule 2/0(match): pass"))).best.hypothesis.guilty_node is None


def pasted_line(label: str) -> Case:
    """[c1] - (r1) - [s1]: all that is known of the flow is a line of r1's log that somebody
    brought."""
    net = Net()
    net.link("c1 10.0.1.20/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.2.1/24", "s1 10.0.2.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("s1", "default", "10.0.2.1")
    net.tell(
        "r1",
        Question.LOGS,
        LogLine(None, label, "eth0", None, FLOW, "S", f"{label} in on eth0: {FLOW}"),
    )
    found = net.case(str(FLOW))
    logs = (
        replace(item, pasted_by="me") if item.question is Question.LOGS else item
        for item in found.evidence
    )
    return replace(found, evidence=tuple(logs))
