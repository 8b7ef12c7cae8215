"""The past of the indices behind the volatility index: fetched from the venue, kept, measured.

The desk's parts make it; the pricer reads what it found. Imports venues, store, pricing, market.
"""
