"""Which hypothesis stands, how surely, and which question would decide?"""
