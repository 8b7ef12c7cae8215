"""Market data of Deribit: which channels, over which connection, and how frames become books.

`core.venues.deribit.market_link` builds a feed per connection from these parts; the tape uses
the replica alone. May import what `core.venues.deribit` may.
"""
