"""The programs that trade: the delta hedger and the pair trader.

The loop calls them. They see a clock, the board, the holdings and their own settings, and
answer with targets; nothing in them asks whether the venue is real. Imports trading's
protocols, quant, market and domain.
"""
