"""Did packets arrive at the device that they were for, without an answer?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Packet, Socket
from workbench.analysis.captures.conversations import end_of, has_flag
from workbench.analysis.captures.observations import label
from workbench.analysis.captures.overlap import Points, overdue
from workbench.analysis.captures.pace import MARGIN
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop, LastSeen
from workbench.analysis.case.findings import Disposition, Hop, Trace
from workbench.analysis.case.packet_kinds import DATAGRAMS, PacketKind
from workbench.analysis.case.wording import times

_AT_A_HOST = frozenset({Disposition.DELIVERED, Disposition.WRONG_HOST})


def came_to_its_end(path: Trace, hop: Hop) -> bool:
    """Is the hop the device that the packets are delivered to?"""
    return hop is path.hops[-1] and path.disposition in _AT_A_HOST


def interface_words(packets: tuple[Packet, ...], hop: Hop) -> str:
    """By which interface of the device these packets came."""
    return packets[0].interface or hop.iif or "an interface that is not known"


def unanswered_at_end(case: Case, path: Trace, points: Points) -> Iterator[Drop]:
    """Arrived at the device it was for, again and again, and was not answered."""
    if not path.hops or path.disposition not in _AT_A_HOST:
        return
    hop = path.hops[-1]
    got = points.get((hop.device or "", path.reverse))
    back = points.get((hop.device or "", not path.reverse))
    if got is None or back is None:
        return
    silent = tuple(packet for packet in got.came_in if not _answered(packet, back.went_out))
    every = (*got.came_in, *back.went_out)
    unanswered = overdue(case, got.device, silent, every, MARGIN) if silent else ()
    if unanswered:
        proof = tuple(dict.fromkeys((*got.evidence, *back.evidence)))
        may_be_hidden = not path.reverse and not back.went_out
        half_open = _half_open(case, hop) if may_be_hidden else None
        if half_open is not None:
            yield _answer_unseen(hop, (*proof, half_open))
        else:
            yield _no_answer(path, hop, proof, unanswered)


def _answer_unseen(hop: Hop, proof: tuple[str, ...]) -> Drop:
    """The socket took the SYN and answers it, and nothing is seen to leave."""
    unseen = "but no SYN-ACK was seen to leave it"
    return Drop(
        hop.name,
        None,
        PacketKind.SYN_ACK,
        f"its socket answers (SYN-RECV), {unseen}",
        True,
        proof,
        brief=f"its socket answers, {unseen}",
    )


def _no_answer(
    path: Trace, hop: Hop, proof: tuple[str, ...], unanswered: tuple[Packet, ...]
) -> Drop:
    return Drop(
        hop.name,
        interface_words(unanswered, hop),
        label(unanswered[0]),
        f"arrived {times(len(unanswered))} at {hop.name} and was not answered",
        path.reverse,
        proof,
        last_seen=LastSeen.ARRIVED,
        names_packet=False,
    )


def _half_open(case: Case, hop: Hop) -> str | None:
    """The evidence that the end did take the SYN and answers it, though nothing is seen."""
    for socket, item in case.all_records(hop.device or "", Question.SOCKETS, Socket):
        if socket.state == "SYN-RECV" and _is_of(socket, hop.flow_in):
            return item.id
    return None


def _is_of(socket: Socket, flow: Flow) -> bool:
    """Is it the server's end of that flow, whatever the client's port if that is not known?"""
    ends = (socket.local, socket.local_port, socket.remote)
    same_ends = ends == (flow.dst, flow.dport, flow.src)
    return same_ends and flow.sport in (None, socket.remote_port)


def _answered(packet: Packet, sent: Sequence[Packet]) -> bool:
    """Did the device react to the packet? Only what asks for an answer counts."""
    kind = label(packet)
    # a server that holds an older connection of these ports answers by a mere ACK
    if kind is PacketKind.SYN:
        return any(other.time >= packet.time for other in sent)
    if kind in DATAGRAMS:
        return bool(sent)
    if packet.seq is None:
        return True
    if kind is PacketKind.SYN_ACK:
        confirmed = packet.seq + 1
        return has_flag("R", sent) or any(other.ack == confirmed for other in sent)
    if kind is PacketKind.DATA:
        end = end_of(packet)
        return has_flag("R", sent) or any((other.ack or 0) >= end for other in sent)
    return True
