"""The whole option market priced once a second: implied volatilities, greeks, surface.

One service computes from the board and publishes a frozen `MarketPricing`; the screen and
the recorder read it. Imports market, quant, domain.
"""
