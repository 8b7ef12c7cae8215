"""Listings: the expiry calendar, what an instrument is, and which instruments exist at a time.

Values only; nearly everything in the simulator reads them. May import numpy and the coins.
"""
