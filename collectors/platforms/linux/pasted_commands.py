"""The commands that people type on Linux, by the question that they answer; the first that matches
counts."""

from __future__ import annotations

from collectors.model.evidence import Question
from collectors.model.pasted import TypedCommand

COMMANDS = (
    TypedCommand(r"bridge\b.*\bfdb\b", Question.TUNNELS),
    TypedCommand(r"ethtool\b.*\s-\w*S", Question.COUNTERS),
    TypedCommand(r"nft\b.*\bmonitor\b|cilium\b.*\bmonitor\b|hubble\b.*\bobserve\b", Question.LOGS),
    TypedCommand(
        r"(?i:get-content|gc|type|more|findstr|select-string)\b.*(?i:pfirewall)", Question.LOGS
    ),
    TypedCommand(
        r"ufw\b.*\bstatus|firewall-cmd\b.*--list|ipvsadm\b(?!.*\s-\w*c)", Question.FILTER_LEGACY
    ),
    TypedCommand(
        r"ipvsadm\b|(?:cat|grep|head|tail|less|more)\b.*/proc/net/(?:nf|ip)_conntrack",
        Question.SESSIONS,
    ),
    TypedCommand(r"(?:cat|grep|head|tail|less|more)\b.*/proc/sys/", Question.SETTINGS),
    TypedCommand(r"wg(?: show)?\b|ip\b.*\btun(?:n|nel)?\b", Question.TUNNELS),
    TypedCommand(r"ip\b.*\broute get\b.*\bfibmatch\b", Question.NEXTHOP_SETS),
    TypedCommand(r"ip\b.*\bro?u?t?e? get\b", Question.ROUTE_CHOICE),
    TypedCommand(r"ip\b.*\brule\b", Question.RULES),
    TypedCommand(r"ip\b.*\b(?:route|r|ro)\b", Question.ROUTES),
    TypedCommand(r"ip\b.*\b(?:neigh|neighbour|neighbor|n)\b", Question.NEIGHBOURS),
    TypedCommand(r"ip\b.*\s-s(?:tatistics)?\b.*\blink\b|tc\b.*\bqdisc\b", Question.COUNTERS),
    TypedCommand(r"ip\b.*\b(?:a|addr|address|link|l)\b", Question.INTERFACES),
    TypedCommand(r"sysctl\b|grep .*/proc/sys", Question.SETTINGS),
    TypedCommand(r"nft\b", Question.FILTER),
    TypedCommand(r"ip6?tables-legacy-save\b", Question.FILTER_LEGACY),
    TypedCommand(r"ip6?tables(?:-nft)?-save\b", Question.FILTER_IPTABLES),
    TypedCommand(
        r"ip6?tables-legacy\b.*\s-\w*[LS]|ip6?tables-legacy\b.*--list", Question.FILTER_LEGACY
    ),
    TypedCommand(
        r"ip6?tables(?:-nft)?\b.*\s-\w*[LS]|ip6?tables\b.*--list", Question.FILTER_IPTABLES
    ),
    TypedCommand(r"conntrack\b.*\s-E\b", Question.SESSION_EVENTS),
    TypedCommand(r"conntrack\b.*\s-S\b", Question.SESSION_STATS),
    TypedCommand(r"conntrack\b|cat /proc/net/nf_conntrack", Question.SESSIONS),
    TypedCommand(r"conntrackd\b", Question.STATE_SYNC),
    TypedCommand(r"tcpdump\b|tshark\b", Question.CAPTURE),
    TypedCommand(
        r"journalctl\b|dmesg\b|(?:grep|cat|tail|head|less)\b.*(?:/var/log/|log\b)", Question.LOGS
    ),
    TypedCommand(r"traceroute6?\b|tracepath6?\b|tracert\b|mtr\b", Question.TRACE),
    TypedCommand(r"ping6?\b.*(?:\s-M\b|\sdo-not-fragment\b|\sdf-bit\b)", Question.PATH_MTU),
    TypedCommand(r"ping6?\b", Question.PING),
    TypedCommand(r"arping\b", Question.ARP_PROBE),
    TypedCommand(r"ss\b\s+(?=.*-\w*l)", Question.LISTENERS),
    TypedCommand(r"ss\b", Question.SOCKETS),
    TypedCommand(r"nstat\b|cat /proc/net/(?:snmp|netstat)", Question.COUNTERS),
    TypedCommand(r"netstat\b.*\s-\w*r|route\b", Question.ROUTES, only_shapeless=True),
    TypedCommand(r"netstat\b.*\s-\w*[is]", Question.COUNTERS, only_shapeless=True),
    TypedCommand(r"netstat\b.*\s-\w*[al]", Question.LISTENERS, only_shapeless=True),
    TypedCommand(r"netstat\b", Question.SOCKETS, only_shapeless=True),
    TypedCommand(r"ifconfig\b", Question.INTERFACES, only_shapeless=True),
    TypedCommand(r"arp\b|ndp\b", Question.NEIGHBOURS, only_shapeless=True),
)
