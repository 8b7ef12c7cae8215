"""The loop: one thread, one inbox, one event at a time, and everything that must be exact.

Ledger, order manager, risk gate, router and strategies run here without locks. Commands and
facts come in through the inbox, a frozen `TradingView` comes out. Imports the floors below;
reaches the venue only through `core.venues.base.TradingVenue`.
"""
