"""Words and limits of records that parsers write and the analysis reads."""

TABLE_FULL = "table full"  # the prefix of the kernel's line "nf_conntrack: table full, dropping packet"
FLOODED = "requests dropped"  # of "Possible SYN flooding on port 443. Dropping request.": no SYN cookies are sent
LATELY = 3600.0  # seconds: what was logged within an hour of the newest moment of a paste belongs to it
AFTER = "after it connected"  # the end of the error of a tool that connected, and got no further
