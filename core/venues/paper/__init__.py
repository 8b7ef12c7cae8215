"""A venue of paper: real public prices, fills worked out here from the replicated book.

`venue.PaperVenue` is a `TradingVenue`; `matching` says who trades, `money` what it costs and
binds, `journal` keeps it through a kill. Only `core.desk` builds it. May import domain, market,
clock, service, settings, errors and `core.venues`' own modules; public requests only.
"""
