"""The account at Deribit: commands to requests, answers and user frames to domain facts.

Nothing here owns a socket or a thread: `core.venues.deribit.trading_link` does. May import what
`core.venues.deribit` may.
"""
