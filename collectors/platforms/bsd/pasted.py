"""How pasted outputs of the BSDs, macOS and illumos are recognised."""

from __future__ import annotations

from collectors.model.evidence import Question
from collectors.model.pasted import Look, PastedForms, Shape, TypedCommand, UnreadSystem
from collectors.platforms.asked import asked
from collectors.platforms.bsd import flow_lines

_NUMBERS = r"[ \t]+\d+[ \t]+\d+[ \t]+"

# rule 4/0(match): block in on igb1: ... : pf's log holds what its rules with `log` met, so it is no
# capture
_PF_LOGGED = (
    r"^(?:[A-Z][a-z]{2} [ \d]\d )?[ \t]*(?:[\d:. -]{1,40} )?rule \S{1,60}\(\S{1,20}\):?"
    r" (?:\[[^\]\n]{0,80}\]:? )?"
    r"\w+ (?:in|out) on |, link-type PFLOG\b"
)

_SHAPES = (
    Shape(
        r"^(?:TCP|UDP): IPv[46]\n[ \t]+Local Address|^USER[ \t]+COMMAND[ \t]+PID[ \t]+FD["
        r" \t]+PROTO",
        Question.LISTENERS,
        Look.FRONT_ENDS,
    ),
    Shape(
        r"^Active (?:Multipath )?Internet connections \((?:including servers|only servers)",
        Question.LISTENERS,
        Look.SOCKETS_WITH_TITLE,
    ),
    Shape(r"^Current listen queue sizes", Question.LISTENERS, Look.SOCKETS_WITH_TITLE),
    Shape(
        r"^Active (?:Multipath )?Internet connections|^Active UNIX domain sockets[ \t]*$",
        Question.SOCKETS,
        Look.SOCKETS_WITH_TITLE,
    ),
    Shape(
        r"^(?:tcp|udp)(?:4|6|46)" + _NUMBERS + r"(?:\*|[\w:%.-]+)\.[\w*-]+[ \t].*\bLISTEN\b",
        Question.LISTENERS,
        Look.SOCKETS,
    ),
    Shape(
        r"^(?:tcp|udp)(?:4|6|46)" + _NUMBERS + r"(?:\*|[\w:%.-]+)\.[\w*-]+[ \t]+\S+\.[\w*-]+",
        Question.SOCKETS,
        Look.SOCKETS,
    ),
    Shape(r"^[ \t]*route to: ", Question.ROUTE_CHOICE, Look.ROUTES),
    Shape(
        r"^Routing tables(?:$|[ \t]*$| \()|^Routing Table: IPv|^Internet6?:[ \t]*$",
        Question.ROUTES,
        Look.ROUTES,
    ),
    Shape(r"^[ \t]*Destination(?:/Mask)?[ \t]+Gateway[ \t]+Flags\b", Question.ROUTES, Look.ROUTES),
    Shape(r"^[\w.:@-]+: flags=[\da-f]+", Question.INTERFACES, Look.INTERFACES),
    Shape(
        r"^Name[ \t]+Mtu[ \t]+Net\S*[ \t]+Address[ \t]+Ipkts",
        Question.COUNTERS,
        Look.INTERFACE_COUNTERS,
    ),
    Shape(r"^(?:ip6?|icmp6?|tcp|udp|arp):\n[ \t]+\d", Question.COUNTERS, Look.PROTOCOL_COUNTERS),
    Shape(r"^[ \t]*\S+ \([\d.]+\) (?:at|auf) \S+ ", Question.NEIGHBOURS, Look.NEIGHBOURS),
    Shape(
        r"^Net to Media Table|^Host[ \t]+Ethernet Address|^Neighbor[ \t]+Linklayer",
        Question.NEIGHBOURS,
        Look.NEIGHBOURS_WITH_TITLE,
    ),
    Shape(_PF_LOGGED, Question.LOGS, Look.PROBES),
)

_COMMANDS = (TypedCommand(r"tcpdump\b.*\bpflog\d", Question.LOGS),)

_PF = (
    r"^(?:all|[a-z]+\d+(?:\.\d+)?) (?:tcp|udp|icmp|ipv6-icmp) \S+.* (?:<-|->) .*:"
    r"|^@\d+ (?:block|pass|scrub|rdr|nat|match)"
    r"|^(?:pass|block) (?:in|out|drop|return|quick|all)\b|pfctl|filterlog"
)

# [2.7.2-RELEASE][root@pf1.example]/root: pfctl -ss    (pfSense's shell, tcsh)
_PFSENSE = (
    r"\[\d[\w.+-]{0,40}\]\[[\w.+-]{1,40}@(?P<host>[A-Za-z0-9][\w.-]{0,62})\][~/]\S{0,100}:(?=\s|$)"
)

PASTED = PastedForms(
    prompts=(_PFSENSE,),
    commands=_COMMANDS,
    shapes=_SHAPES,
    flow_lines=flow_lines.READERS,
    words=r"pfctl|ipfw|sockstat|ndp",
    parts=(r"(ip|icmp|tcp|udp|ip6|icmp6):$",),
    unread=(UnreadSystem("pf (BSD, pfSense, OPNsense)", _PF),),
    asked=asked,
)
