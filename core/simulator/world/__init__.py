"""The market behind the exchange: prices, listings, and the makers who quote them.

Pure and seeded: arrays in, arrays out, no clock and no sockets. The exchange steps it and reads it.
May import numpy, core.quant and nothing else of ours.
"""
