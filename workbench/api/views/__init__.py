"""The views of the interface, one file per subject: each calls one action or one query."""
