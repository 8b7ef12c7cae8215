"""The Deribit adapter: the one room that knows its JSON, channel names and error codes.

`market_link.DeribitMarket` keeps the board true, `trading_link.DeribitTrading` sends orders and
reports facts; the tape shares decoder and replica. Only `core.desk` builds them. May import
domain, market, clock, service, settings, errors and `core.venues`' own modules.
"""
