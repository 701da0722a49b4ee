"""Causes, fixes and statuses in the words that people read."""

from __future__ import annotations

CONFIDENT, LIKELY = 0.8, 0.5
CAUSES: dict[str, tuple[str, str]] = {
    "healthy_symmetric": ("The flow works", "Both directions use the same devices and nothing on them drops it."),
    "healthy_asymmetric": ("The flow works, by two paths", "The directions differ, and no device on them minds."),
    "asym_stateful_fw": (
        "Replies return through another firewall",
        "The directions cross different stateful devices that do not share the session.",
    ),
    "asym_stateful_half_path": (
        "A stateful device sees one direction only",
        "The other direction bypasses it, so it never sees a complete session.",
    ),
    "ecmp_asym_stateful": (
        "A hash sends replies to another firewall",
        "Equal-cost routes split flows by hash; only some source ports come back to the device that knows them.",
    ),
    "ecmp_leg_failure": ("One equal-cost branch drops", "Only the source ports that hash to this branch fail."),
    "midflow_state_loss": (
        "The session was moved to a device without its state",
        "An established session was rerouted; new sessions work.",
    ),
    "pbr_wrong_return_gateway": (
        "Policy routing sends replies out by another gateway",
        "A rule, mark or table on the way back chooses a path that does not know this session.",
    ),
    "nat_return_bypass": ("Replies miss the translator", "They do not return through the device that translated."),
    "lb_partial_nat_return": (
        "The load balancer's return path is broken",
        "The server's answers do not come back the way that the balancer needs, or are filtered there.",
    ),
    "rp_filter_strict": (
        "A strict reverse-path check drops",
        "Packets arrive by an interface that the device would not use to reach their sender.",
    ),
    "duplicate_gateway": ("Two devices answer for one gateway", "The MAC address of the gateway flips between them."),
    "pmtud_blackhole": ("Large packets vanish", "They exceed an MTU on the way and no ICMP tells the sender."),
    "acl_path": ("A packet filter on the way drops", "A stateless filter on one direction's path."),
    "transit_policy_deny": ("A firewall's policy denies this flow", "Its rules drop or reject it on purpose."),
    "server_policy_deny": ("The server's own firewall denies it", "The packets arrive and its policy drops them."),
    "service_not_listening": ("No service answers", "The server is reached, but nothing there takes the connection."),
    "host_down": ("The host does not answer", "The last router finds no neighbour there."),
    "no_forward_route": ("No route to the server", "Routing ends before the server is reached."),
    "no_return_route": ("No route back to the client", "Replies have no way home."),
    "routing_loop": ("A routing loop", "Devices send the packets to each other until they expire."),
    "unknown_beyond_visibility": (
        "Lost beyond the last device that can be asked",
        "Up to there everything is as it should be; what lies further cannot be seen.",
    ),
}

FIX_WORDS = {
    "snat": "SNAT", "mtu": "MTU", "mss": "MSS", "icmp": "ICMP", "vip": "VIP", "acl": "ACL", "nat": "NAT",
    "lb": "balancer", "dsr": "DSR", "vrrp": "VRRP",
}  # fmt: skip
SMALL_WORDS = {
    "rp_filter_loose": "Make the reverse-path check loose",
    "none": "Nothing to change",
    "allow_icmp_frag_needed": "Let ICMP “fragmentation needed” through",
    "proper_dsr_vip_on_server": "Give the server the virtual address (DSR)",
}


def cause_title(code: str) -> str:
    """A root cause in a few words."""
    return CAUSES[code][0] if code in CAUSES else code.replace("_", " ")


def cause_meaning(code: str) -> str:
    """What the root cause means, in one sentence."""
    return CAUSES[code][1] if code in CAUSES else ""


def fix_title(code: str) -> str:
    """A class of fix as a heading."""
    if SMALL_WORDS.get(code):
        return SMALL_WORDS[code]
    words = " ".join(FIX_WORDS.get(word, word) for word in code.split("_"))
    return words[:1].upper() + words[1:]


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


QUESTIONS = {
    "identity": "who are you",
    "route-choice": "exact route of this flow",
    "route-spread": "routes of other source ports",
    "rules": "policy routing rules",
    "routes": "routing tables",
    "settings": "kernel settings",
    "filter": "packet filter (nft)",
    "filter-iptables": "packet filter (iptables)",
    "filter-legacy": "packet filter (iptables-legacy)",
    "sessions": "this flow's sessions",
    "session-stats": "session table counters",
    "session-events": "session events, live",
    "counters": "kernel counters",
    "sockets": "the flow's sockets",
    "logs": "log lines",
    "trace": "traceroute",
    "capture": "packet capture",
    "connect": "connection attempt",
    "ping": "ping",
    "path-mtu": "path MTU",
    "arp-probe": "who answers for the gateway",
    "port-sweep": "attempts from several ports",
    "state-sync": "state synchronisation",
    "nexthop-sets": "equal-cost next hops",
}


def question_title(code: str) -> str:
    """What was asked, in a few words."""
    return QUESTIONS.get(code, code.replace("-", " "))
