"""What do captures, counters, logs and attempts show on the flow's way, before any judgement?"""
