"""Which source port takes which branch, and which branches did nobody try?"""
