"""What a device counts, in terms that no platform owns. A platform's parser says of each number what
it means; the analysis asks for nothing else."""

from __future__ import annotations

from enum import StrEnum


class CounterMeaning(StrEnum):
    """What rises by one. Those of packets are told apart by the version of IP where a device does."""

    ARRIVED = "arrived"  # a packet came in
    DELIVERED = "delivered"  # to the device itself
    FORWARDED = "forwarded"  # taken to be passed on, before any filter saw it
    SENT_OWN = "sent-own"  # the device itself had something to send
    SENT = "sent"  # a packet left, its own or another's
    TOO_BIG = "too-big"  # to be passed on, and not to be cut
    TIME_RAN_OUT = "time-ran-out"  # its time to live was over, or its header made no sense
    HEARD_TIME_RAN_OUT = "heard-time-ran-out"  # a router reported it
    SAID_UNREACHABLE = "said-unreachable"  # a sender was told so
    REVERSE_PATH_REFUSED = "reverse-path-refused"  # the route to its source leads elsewhere

    RESET_SENT = "reset-sent"
    ACCEPT_QUEUE_FULL = (
        "accept-queue-full"  # a connection was made, and the service did not take it
    )
    REQUEST_QUEUE_FULL = "request-queue-full"  # too many connections are half made
    RECEIVE_BUFFER_FULL = "receive-buffer-full"  # a datagram for a service that does not read

    TTL_TOO_SMALL = "ttl-too-small"  # for its socket (RFC 5082)
    MD5_MISSING = "md5-missing"  # the signature of RFC 2385
    MD5_WRONG = "md5-wrong"
    MD5_UNEXPECTED = "md5-unexpected"
    AO_MISSING = "ao-missing"  # the signature of RFC 5925
    AO_WRONG = "ao-wrong"
    AO_KEY_UNKNOWN = "ao-key-unknown"

    FITS_NO_SESSION = "fits-no-session"  # a packet that connection tracking calls invalid
    SESSION_NOT_ENTERED = "session-not-entered"  # no room, no port, or there was one already
    SESSION_TABLE_DROP = "session-table-drop"  # tracking itself dropped a packet

    # messages between devices that share sessions
    SYNC_SENT = "sync-sent"
    SYNC_RECEIVED = "sync-received"

    @property
    def words(self) -> str:
        """As a sentence names it where the device's own name is not known."""
        return f"the counter of {self.value}"
