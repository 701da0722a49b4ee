"""Words and limits of records that parsers write and the analysis reads."""

# the prefix of the kernel's line "nf_conntrack: table full, dropping packet"
TABLE_FULL = "table full"
# of "Possible SYN flooding on port 443. Dropping request.": no SYN cookies are sent
FLOODED = "requests dropped"
# seconds: what was logged within an hour of the newest moment of a paste belongs to it
LATELY = 3600.0
# the condition of a server of IPVS: its scheduler chooses among them
SCHEDULED = "the scheduler's choice"
AFTER = "after it connected"  # the end of the error of a tool that connected, and got no further
