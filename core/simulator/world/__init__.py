"""The market behind the exchange: coins, surfaces, expiries, marks and the makers' quotes.

Pure and seeded: arrays in, arrays out, no clock and no sockets. The exchange steps it and reads it.
May import numpy, core.quant and nothing else of ours.
"""
