"""Prices: coins, basis, funding and volatility surfaces, stepped together from one seed.

Read by the boards, the floor and the lister's callers. May import numpy, core.quant and the
calendar of listings.
"""
