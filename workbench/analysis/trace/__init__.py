"""Which way does a packet go, device by device, and what lies beyond those that can be asked?"""
