"""Which devices are there, in the inventory file?"""
