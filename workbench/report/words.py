"""Causes, fixes and statuses in the words that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collectors.model.evidence import Question
from collectors.model.questions import traits

CONFIDENT, LIKELY = 0.8, 0.5
CAUSES: dict[str, tuple[str, str]] = {
    "healthy_symmetric": (
        "The flow works",
        "Requests and replies use the same devices, and none of them drops anything.",
    ),
    "healthy_asymmetric": (
        "The flow works, out and back by different paths",
        (
            "Requests and replies use different devices. That is harmless here: no device needs to"
            " see both."
        ),
    ),
    "asym_stateful_fw": (
        "Replies return through another firewall",
        (
            "A firewall lets a reply pass only if it saw the request, or if another firewall shared"
            " the session with it. Requests and replies cross different ones here, and they do not"
            " share sessions."
        ),
    ),
    "asym_stateful_half_path": (
        "A stateful device sees only a part of the connection",
        (
            "A firewall must see requests and replies to know a session. One direction, or a part"
            " of its packets, takes a path around it, so to this device the rest belongs to"
            " nothing."
        ),
    ),
    "ecmp_asym_stateful": (
        "A hash sends replies to another firewall",
        (
            "Equal-cost routes pick a path per connection by a hash of addresses and ports. For"
            " some source ports requests and replies cross different firewalls, which do not share"
            " sessions; the others work."
        ),
    ),
    "ecmp_leg_failure": (
        "One of several equal paths drops the flow",
        (
            "Equal-cost routes pick a path per connection by a hash. What is hashed to this path"
            " fails, the rest works."
        ),
    ),
    "midflow_state_loss": (
        "The session was moved to a device that does not know it",
        (
            "Routing changed while the connection was open. The device on the new path never saw it"
            " begin and drops it; new connections work."
        ),
    ),
    "pbr_wrong_return_gateway": (
        "Policy routing sends replies out by another gateway",
        (
            "A policy rule (by source, mark or table) overrides the main routing table for the"
            " replies, and the path that it chooses does not know this session."
        ),
    ),
    "nat_return_bypass": (
        "Replies miss the NAT device",
        (
            "Only the device that translated the addresses can translate the replies back, and they"
            " do not return to it."
        ),
    ),
    "lb_partial_nat_return": (
        "The load balancer's return path is broken",
        (
            "The server's answers do not come back in the way that the balancer's mode needs, so"
            " the client cannot use them or a device drops them."
        ),
    ),
    "rp_filter_strict": (
        "A strict reverse-path check drops the packets",
        (
            "The device accepts a packet only on the interface that it would use to reach the"
            " sender (anti-spoofing), and these come in on another one."
        ),
    ),
    "duplicate_gateway": (
        "Two devices answer for one gateway address",
        (
            "Which of them gets the packets depends on whose answer came last, and one of them does"
            " not pass them on."
        ),
    ),
    "pmtud_blackhole": (
        "Large packets vanish",
        (
            "Small packets pass, so connections open; large ones exceed a link on the way, and the"
            " message that would tell the sender to make them smaller does not arrive."
        ),
    ),
    "acl_path": (
        "A packet filter on the way drops the packets",
        (
            "A filter that keeps no state (an access list) matches the packets of one direction,"
            " whatever went before."
        ),
    ),
    "transit_policy_deny": (
        "A firewall's policy denies this flow",
        (
            "Its rules refuse this flow from the first packet on. It may be meant so: ask who owns"
            " the rules."
        ),
    ),
    "server_policy_deny": (
        "The server's own firewall denies the flow",
        (
            "The packets arrive at the server, and its own packet filter refuses them before the"
            " service sees them."
        ),
    ),
    "service_not_listening": (
        "No service answers where the packets arrive",
        (
            "The packets reach a machine that holds the address, but nothing there takes the"
            " connection on this address and port."
        ),
    ),
    "host_down": (
        "The server does not answer its own network",
        (
            "The last router asks for it on its network and gets no answer: the host or its link is"
            " down."
        ),
    ),
    "no_forward_route": (
        "A device has no route to the server",
        "The requests end at a device that does not know where to send them.",
    ),
    "no_return_route": (
        "A device has no route back to the client",
        (
            "The requests arrive, but the replies end at a device that does not know where to send"
            " them."
        ),
    ),
    "routing_loop": (
        "A routing loop",
        (
            "Devices send the packets to each other in a circle until their time to live (TTL) runs"
            " out."
        ),
    ),
    "session_limit": (
        "No room for another connection",
        (
            "A table of sessions, the ports that addresses are translated to, or a limit of"
            " connections is used up: what stands goes on, what is new is refused."
        ),
    ),
    "stale_neighbour": (
        "One device sends the packets to the wrong machine",
        (
            "Its neighbour entry, or a redirect that it was sent, names a machine that the packets"
            " are not for."
        ),
    ),
    "ttl_expired": (
        "Packets expire on the way (TTL)",
        (
            "Each router takes one from a packet's time to live (TTL, hop limit). These begin with"
            " so little that none is left before they arrive."
        ),
    ),
    "packet_loss": (
        "Packets are lost on the way",
        (
            "Some of the packets vanish by chance or by a limit of their rate, others like them"
            " pass. What is lost must be sent again, so connections crawl, stall or fail."
        ),
    ),
    "unknown_beyond_visibility": (
        "Lost where no device can be asked",
        "Nothing that could be seen explains the failure; what lies further cannot be seen.",
    ),
}
UNKNOWN = "unknown_beyond_visibility"
SEEN_WELL = "Nothing wrong was seen at the only place that was watched"
_TONES = {"broken": "bad", "healthy": "good"}

FIXES = {
    "make_return_path_symmetric": "Send the replies back the way the requests came",
    "enable_state_sync": "Let the two devices share their sessions",
    "stateless_rule_for_flow": "Let this flow pass without asking for a session",
    "be_liberal_or_accept_untracked": "Exempt this flow from connection tracking",
    "reestablish_session": "End the stuck connection so that it is opened anew",
    "accept_midstream_pickup": "Let the device pick up sessions in the middle",
    "restore_old_path": "Restore the old path",
    "route_pool_to_translator": "Route the NAT pool to the device that translates",
    "separate_nat_pools": "Give each NAT device a pool of its own",
    "server_default_route_via_translator": (
        "Let the server reply through the device that translated"
    ),
    "source_policy_routing_on_server": "Choose the gateway by the source address (policy routing)",
    "snat_on_ingress_translator": (
        "Hide the client's address behind the device that translates (SNAT)"
    ),
    "snat_on_lb": "Hide the client's address behind the load balancer (SNAT)",
    "proper_dsr_vip_on_server": "Give the server the balancer's virtual address (DSR)",
    "rp_filter_loose": "Make the reverse-path check loose",
    "route_vip_via_ingress": "Route the virtual address through the entry device",
    "allow_icmp_frag_needed": "Let the ICMP “packet too big” message through",
    "mss_clamp": "Clamp the TCP segment size (MSS)",
    "raise_mtu": "Raise the link's MTU",
    "remove_policy_rule": "Remove the policy routing rule",
    "fix_acl": "Permit the flow ahead of the rule that drops it",
    "remove_bad_leg": "Take the failing path out of the equal-cost set",
    "symmetric_hash": "Make both directions hash to the same path",
    "active_standby": "Use one of the equal paths only",
    "remove_duplicate_gateway": "Take the gateway address away from the second device",
    "permit_vrrp": "Let the two gateways hear each other (VRRP)",
    "add_route": "Add the missing route",
    "fix_route": "Correct the route",
    "add_firewall_rule": "Permit the flow in the firewall",
    "fix_host_firewall": "Permit the flow in the server's own firewall",
    "start_service": "Start the service",
    "fix_bind_address": "Let the service listen on the address that clients use",
    "raise_ttl": "Give the packets a longer time to live",
    "restore_host": "Bring the host or its link up",
    "raise_limit": "Raise the limit, or free what fills it",
    "clear_neighbour": "Correct or delete the neighbour entry",
    "delete_session": "Delete the session so that it is made anew",
    "fix_link": "Look at the counters of the link, and mend what loses packets",
    "none": "Nothing to change",
}
FIXES_FOR = {  # (root cause, fix class)
    ("nat_return_bypass", "stateless_rule_for_flow"): "Take these answers out of the translation",
}


def cause_title(code: str) -> str:
    """A root cause in a few words."""
    return CAUSES[code][0] if code in CAUSES else code.replace("_", " ")


def cause_meaning(code: str) -> str:
    """What the root cause means, in a sentence or two."""
    return CAUSES[code][1] if code in CAUSES else ""


def fix_title(code: str, cause: str = "") -> str:
    """A class of fix as a heading; some say it otherwise for one cause."""
    return FIXES_FOR.get((cause, code)) or FIXES.get(code, code.replace("_", " ").capitalize())


def one_place(verdict: Mapping[str, Any]) -> bool:
    """Is it healthy as far as one place saw, and is that all that is known?"""
    return verdict.get("verdict") == "healthy" and _confidence(verdict) <= LIKELY


def _confidence(verdict: Mapping[str, Any]) -> float:
    return round(float(verdict.get("confidence") or 0), 2)


def tone(verdict: Mapping[str, Any]) -> str:
    """good, bad or open; a guess, and what one place saw, is never more than open."""
    guess = _confidence(verdict) < LIKELY
    if guess or one_place(verdict):
        return "open"
    return _TONES.get(str(verdict.get("verdict")), "open")


def short_title(verdict: Mapping[str, Any]) -> str:
    """The verdict for a list of many, which has its confidence beside it; what is open is as open
    as the headline."""
    if one_place(verdict):
        return SEEN_WELL
    if verdict.get("verdict") == "inconclusive":
        return headline({"root_cause": "", **verdict})
    return cause_title(str(verdict.get("root_cause", "")))


def sureness(confidence: float, outcome: str) -> str:
    """How sure is the verdict, in a word?"""
    if outcome == "inconclusive":
        return "cannot know yet"
    if confidence >= CONFIDENT:
        return "confident"
    return "likely" if confidence >= LIKELY else "a guess"


def doubted(title: str, confidence: float) -> str:
    """A heading that says no more than is known."""
    if confidence >= CONFIDENT:
        return title
    return f"{'Probably' if confidence >= LIKELY else 'Perhaps'}: {title[:1].lower()}{title[1:]}"


def headline(verdict: Mapping[str, Any]) -> str:
    """The verdict in a few words, with the doubt that there is."""
    title, confidence = cause_title(verdict["root_cause"]), _confidence(verdict)
    if one_place(verdict):
        return SEEN_WELL
    if verdict.get("verdict") != "inconclusive":
        return doubted(title, confidence)
    if verdict["root_cause"] == UNKNOWN:
        return title if confidence >= LIKELY else "Not known yet"
    return f"Not certain. Best guess: {title[:1].lower()}{title[1:]}"


def sentence(verdict: Mapping[str, Any]) -> str:
    """What, where and why: one sentence that begins and ends like one, unless it begins with a
    name."""
    text = str(verdict.get("summary") or cause_meaning(str(verdict.get("root_cause", "")))).strip()
    names = {
        *(verdict.get("forward_path") or ()),
        *(verdict.get("reverse_path") or ()),
        verdict.get("guilty_node"),
    }
    if text and text.split(" ")[0].removesuffix("'s") not in names:
        text = text[0].upper() + text[1:]
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def question_title(code: str) -> str:
    """What was asked, in a few words."""
    known = code in set(Question)
    return traits(Question(code)).title if known else code.replace("-", " ")


def drop_words(drop: Mapping[str, Any]) -> str:
    """Where packets were seen to end: which, where, and what became of them, nothing said twice."""
    # "2 SYN packets …" says it already
    said = drop["packet"] in drop["where"] or drop["where"][:1].isdigit()
    where = drop["where"] if said else f"the {drop['packet']} packet {drop['where']}"
    return f"seen: {where}" if drop["node"] in where else f"seen at {drop['node']}: {where}"


def left_in_words(node: str, where: str) -> bool:
    """Did the packet leave that place, and vanish? What version 0.1 kept says it in words only.

    "1 SYN packet left r1 on eth1 and never reached r2; 10.0.2.1 between them cannot be watched"
    """
    left, never, _ = where.partition(";")[0].partition(" never ")
    return bool(never) and node in left.split()
