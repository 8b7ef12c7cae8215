"""Makers and takers: the boards of all futures and all options, their quotes, who trades on them.

Arrays, in the order of the listed instruments. The floor builds and reprices the boards; tickers,
books and the engine read them. May import numpy, core.quant, prices and listings.
"""
