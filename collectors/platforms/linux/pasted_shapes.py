"""What the outputs of Linux look like, by the question that they answer; most telling first."""

from __future__ import annotations

from collectors.model.evidence import Question
from collectors.model.pasted import Look, Shape

_NUMBERS = r"[ \t]+\d+[ \t]+\d+[ \t]+"

# 203.0.113.10 via 192.0.2.1 dev eth0 src 192.0.2.20 uid 1000 / cache on the next line
_CHOICE = (
    r"^\S+ (?:from \S+ )?(?:via \S+ )?dev \S+(?=\s)(?:.*\b(?:uid \d+|cache)\b|.*\n.*\b(?:uid"
    r" \d+|cache)\b)"
)
# default via 198.51.100.1 dev eth1 proto static
_ROUTE = (
    r"^(?:default|unreachable|blackhole|prohibit|[0-9a-fA-F:.]+(?:/\d+)?) "
    r".*\b(?:dev|via|nhid|nexthop|proto|metric)\b"
)

#   2 0.003112  10.45.0.1  192.168.2.19  TCP  74  443 → 51000 [SYN, ACK] Seq=0 (Wireshark's list,
# with arrows: tshark's)
_LISTED = (
    r"^[ \t]*(?:\d{1,9}[ \t]+)?[\d:.-]{3,40}[ \t]+[0-9a-fA-F.:]{3,39}[ \t]+(?:(?:→|->)["
    r" \t]+)?[0-9a-fA-F.:]{3,39}[ \t]+"
    r"[A-Z][\w./-]{1,20}[ \t]+\d{1,6}[ \t]+\S"
)

# what nc, curl, telnet and ssh say of a connection
_CONNECTED = (
    r"^Connection to \S+ .{1,60} succeeded!|^nc: connectx? to \S+ |^Ncat: (?:Conn|TIME|No route)"
    r"|^telnet: (?:Unable|connect)|^(?:\* +)?Trying [\d.:a-fA-F\[\]]{3,60}\.\.\.|^curl:"
    r" \((?:7|28)\)"
    r"|^ssh: connect to host|^(?:\S{1,80} )?\(\S{1,80}\) \[[\d.]+\] \d+ \(\S+\) (?:open|:)"
    r"|^(?:\S{1,80} )?\([\d.]{7,15}:\d{1,5}\) open"
)

# what ipfw, the firewall of Windows, Cilium, Hubble and AWS write of single packets and flows
_REFUSED = (
    r"^.{0,100}?\bipfw: \d{1,5} [A-Z]\w{1,20}(?: \d{1,5})? (?:TCP|UDP|ICMP)"
    r"|^\d{4}-\d\d-\d\d [\d:]{8} (?:DROP|ALLOW) (?:TCP|UDP|ICMP) |^xx drop \(|^2 \d{12}"
    r" eni-\w{4,20} "
    r"|^.{0,60}?\S+ \(ID:\d+\) (?:<>|->) \S+ \(ID:\d+\) .{0,60}(?:DROPPED|DENIED)"
)

SHAPES = (
    Shape(_REFUSED, Question.LOGS),
    Shape(
        r"^Status: (?:active|inactive)$|^IP Virtual Server version|^Prot LocalAddress:Port",
        Question.FILTER_LEGACY,
        Look.FRONT_ENDS,
    ),
    Shape(r"^[\w.-]+(?: \([\w, ]+\))?\n  target: ", Question.FILTER_LEGACY, Look.FRONT_ENDS),
    Shape(r"^IPVS connection entries|^pro expire state", Question.SESSIONS, Look.FRONT_ENDS),
    Shape(
        r"^interface: \S+\n[ \t]+(?:public key|listening port|private key): ",
        Question.TUNNELS,
        Look.FRONT_ENDS,
    ),
    Shape(r"^[\w.@-]+: \w+/ipv?6?[ \t]+remote \S+[ \t]+local ", Question.TUNNELS, Look.FRONT_ENDS),
    Shape(
        r"\"hubs\"[ ]?:|^[ \t]*\d+\.[ ]?\|--|^MTR\.[\d.]+[,;]|^Mtr_Version|My traceroute|^HOST:"
        r" .*(?:Loss%|Snt)",
        Question.TRACE,
        Look.FRONT_ENDS,
    ),
    Shape(r"^(?:[0-9a-f]{2}:){5}[0-9a-f]{2} dev \S+ dst \S+", Question.TUNNELS, Look.FRONT_ENDS),
    Shape(r"^(?:[0-9a-f]{2}:){5}[0-9a-f]{2} dev \S+", Question.SETTINGS, Look.FRONT_ENDS),
    Shape(
        r"^NIC statistics:|^[ \t]+RX:[ \t]+bytes[ \t]+packets", Question.COUNTERS, Look.FRONT_ENDS
    ),
    Shape(r"^no answer from \S+$", Question.PING, Look.FRONT_ENDS),
    Shape(
        r"^trace id [0-9a-f]+ \w+ \S+ \S+ (?:packet|rule|verdict|policy)\b",
        Question.LOGS,
        Look.FRONT_ENDS,
    ),
    Shape(
        r"^(?:==> )?/proc/sys/\S+|^(?:net\.inet6?|kern|hw|user|vm)\.[\w.%-]+: ",
        Question.SETTINGS,
        Look.FRONT_ENDS,
    ),
    Shape(r"^[a-z][\w-]*(?:\.[\w*/-]+)+ = ", Question.SETTINGS, Look.FRONT_ENDS),
    Shape(
        r"^Active Internet connections \((?:only servers|servers and established)",
        Question.LISTENERS,
        Look.SOCKETS_WITH_TITLE,
    ),
    Shape(r"^Active Internet connections \(w/o servers", Question.SOCKETS, Look.SOCKETS_WITH_TITLE),
    Shape(r"^Active UNIX domain sockets \(", Question.SOCKETS, Look.SOCKETS_WITH_TITLE),
    Shape(
        r"^(?:tcp|udp)6?" + _NUMBERS + r"\S+:[\w*-]+[ \t]+\S+:[\w*-]+[ \t]+LISTEN\b",
        Question.LISTENERS,
        Look.SOCKETS,
    ),
    Shape(
        r"^(?:tcp|udp)6?" + _NUMBERS + r"\S+:[\w*-]+[ \t]+\S+:[\w*-]+(?:[ \t]|$)",
        Question.SOCKETS,
        Look.SOCKETS,
    ),
    Shape(r"^Kernel IP(?:v6)? routing (?:table|cache)", Question.ROUTES, Look.ROUTES),
    Shape(
        r"^[ \t]*Destination[ \t]+(?:Gateway[ \t]+Genmask|Next Hop)\b", Question.ROUTES, Look.ROUTES
    ),
    Shape(
        r"^[\w.:@-]+: flags=\d+<[^>\n]*>  mtu |^[\w.:@-]+[ \t]+Link encap:",
        Question.INTERFACES,
        Look.INTERFACES,
    ),
    Shape(
        r"^Kernel Interface table|^Iface[ \t]+MTU[ \t]", Question.COUNTERS, Look.INTERFACE_COUNTERS
    ),
    Shape(
        r"^(?:Ip|Icmp|Tcp|Udp|TcpExt|IpExt):\n[ \t]+\S", Question.COUNTERS, Look.PROTOCOL_COUNTERS
    ),
    Shape(
        r"^[^@\s:]+(?:@\S+)?[ \t]+(?:UP|DOWN|UNKNOWN|LOWERLAYERDOWN)[ \t]*(?:["
        r" \t][\da-f]+[:.]\S|[ \t]<|$)",
        Question.INTERFACES,
        Look.NEIGHBOURS,
    ),
    Shape(r"^\d+: \S+[ \t]+inet6? \S+", Question.INTERFACES, Look.NEIGHBOURS),
    Shape(
        r"^\S+ \([\d.]+\) at \S+ (?:\[\w+\] )?(?:PERM |PUB )*on \S+$",
        Question.NEIGHBOURS,
        Look.NEIGHBOURS,
    ),
    Shape(
        r"^Address[ \t]+HWtype[ \t]|^IP address[ \t]+HW type|\) -- no entry$",
        Question.NEIGHBOURS,
        Look.NEIGHBOURS_WITH_TITLE,
    ),
    Shape(r"^[ \t]*\{\"nftables\"", Question.FILTER, Look.RULES_AND_SETS),
    Shape(
        r"^[ \t]*(?:table (?:inet|ip|ip6|bridge|arp|netdev) \S+ \{|chain \S+ \{)",
        Question.FILTER,
        Look.RULES_AND_SETS,
    ),
    Shape(
        r"^# Generated by ip6?tables(?:-legacy-save\b|-save v[\d.]+ (?:\(legacy\)|on ))",
        Question.FILTER_LEGACY,
        Look.RULES_AND_SETS,
    ),
    Shape(
        r"^# Generated by ip6?tables|^\*(?:filter|nat|mangle|raw)$",
        Question.FILTER_IPTABLES,
        Look.RULES_AND_SETS,
    ),
    Shape(r"^(?:\[\d+:\d+\] )?-A [A-Z]|^-[PN] \S+", Question.FILTER_IPTABLES, Look.RULES_AND_SETS),
    Shape(
        r"^[ \t]*Chain \S+ \((?:policy|-?\d+ ref|ERR)",
        Question.FILTER_IPTABLES,
        Look.RULES_AND_SETS,
    ),
    Shape(
        r"^[ \t]*(?:\[\d+\.\d+\]\s*)?\[(?:NEW|UPDATE|DESTROY)\]",
        Question.SESSION_EVENTS,
        Look.RULES_AND_SETS,
    ),
    Shape(r"^cpu=\d+\s+found=", Question.SESSION_STATS, Look.RULES_AND_SETS),
    Shape(
        r"^[ \t]*(?:ipv[46]\s+\d+\s+)?(?:tcp|udp|icmp|icmpv6)\s+\d+ .*src=.*dst=",
        Question.SESSIONS,
        Look.RULES_AND_SETS,
    ),
    Shape(r"^<\?xml.*\n?<conntrack>", Question.SESSIONS, Look.RULES_AND_SETS),
    Shape(r"^[ \t]*(?:traceroute6?|tracing route) to\b", Question.TRACE, Look.PROBES),
    Shape(
        r"^[ \t]*1\??:?\s+(?:\*|\S+ \(|[0-9a-fA-F:.]+\s+[\d.]+ ?ms|\[LOCALHOST\])",
        Question.TRACE,
        Look.PROBES,
    ),
    Shape(r"^[ \t]*1\.\|--\s", Question.TRACE, Look.PROBES),
    Shape(r"^ARPING ", Question.ARP_PROBE, Look.PROBES),
    Shape(_CONNECTED, Question.CONNECT, Look.PROBES),
    Shape(r"message too long|Frag needed and DF|Packet too big", Question.PATH_MTU, Look.PROBES),
    Shape(r"^PING6?\b|^PATTERN: 0x", Question.PING, Look.PROBES),
    Shape(
        r"^\d+ bytes from \S+.*seq=\d|^Request timeout for icmp_seq|^\S+ is alive$",
        Question.PING,
        Look.PROBES,
    ),
    Shape(
        r"^(?:net|kernel)\.\S+ = |^(?:/proc/sys/|ipv4/conf/)\S+:", Question.SETTINGS, Look.PROBES
    ),
    Shape(r"^\d+:\s+(?:not )?from ", Question.RULES, Look.PROBES),
    Shape(r"\"(?:priority)\":\d+.*\"src\":", Question.RULES, Look.PROBES),
    Shape(r"\"addr_info\"", Question.INTERFACES, Look.PROBES),
    Shape(
        r"\"stats64\"|\"kernel\":\s*\{|^\[\{\"kind\":\"\w+\",\"handle\":",
        Question.COUNTERS,
        Look.PROBES,
    ),
    Shape(r"\"lladdr\"|\"state\":\s*\[\"", Question.NEIGHBOURS, Look.PROBES),
    Shape(
        r"\"(?:cache|iif|uid)\"|^\[\{[^}]*\"dst\":[^}]*\"from\":",
        Question.ROUTE_CHOICE,
        Look.PROBES,
    ),
    Shape(r"\"dst\":.*\"flags\"", Question.ROUTES, Look.PROBES),
    Shape(r"^\d+: \S+: <", Question.INTERFACES, Look.PROBES),
    Shape(
        r"\b(?:REACHABLE|STALE|DELAY|PROBE|FAILED|INCOMPLETE|PERMANENT|NOARP)\s*$",
        Question.NEIGHBOURS,
        Look.PROBES,
    ),
    Shape(
        r"\bIN=\S* OUT=\S*.*SRC=|martian source|_conntrack: table full", Question.LOGS, Look.PROBES
    ),
    Shape(r"^\{.*\"(?:MESSAGE|oob\.prefix)\"|^log-(?:read|closed) ", Question.LOGS, Look.PROBES),
    Shape(r"^[ \t]*\"?No\.\"?[ \t,]+\"?Time\b.*Source", Question.CAPTURE, Look.PROBES),
    Shape(_LISTED, Question.CAPTURE, Look.PROBES),
    Shape(
        r"^[\w.@:-]{1,30}\t\d{4}-\d\d-\d\d[ \t]*$|^(?:tcpdump: )?listening on \S+, link-type",
        Question.CAPTURE,
        Look.LINES,
    ),
    Shape(
        r"^[ \t]*(?:[\d:.]+ )?(?:\S+\s+(?:In|Out|B|M|P)\s+)?(?:IP6? |ARP, )",
        Question.CAPTURE,
        Look.LINES,
    ),
    Shape(r"^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d+ ", Question.CAPTURE, Look.LINES),
    Shape(r"^(?:Ip|TcpExt|Tcp|Udp|Icmp): |^#kernel$|^Ip6?\w+\s+\d+", Question.COUNTERS, Look.LINES),
    Shape(r"^(?:tcp|udp)?[ \t]*(?:LISTEN|UNCONN)\b", Question.LISTENERS, Look.LINES),
    Shape(r"^(?:Netid\s+)?(?:State\s+)?Recv-Q\s+Send-Q", Question.SOCKETS, Look.LINES),
    Shape(
        r"^(?:tcp\s+|udp\s+)?(?:ESTAB|SYN-SENT|SYN-RECV|FIN-WAIT|TIME-WAIT|CLOSE-WAIT)",
        Question.SOCKETS,
        Look.LINES,
    ),
    Shape(r"^RTNETLINK answers:", Question.ROUTE_CHOICE, Look.LINES),
    Shape(_CHOICE, Question.ROUTE_CHOICE, Look.LINES),
    Shape(_ROUTE, Question.ROUTES, Look.LINES),
)
