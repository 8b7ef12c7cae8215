"""One running market per instrument: its book, its tape of trades, and how the venue prints them.

The exchange and the matching engine write here; feeds and methods read. May import `world`.
"""
