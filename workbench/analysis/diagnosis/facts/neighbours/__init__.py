"""Facts about one wire: who answers for which address, and who keeps silent."""
