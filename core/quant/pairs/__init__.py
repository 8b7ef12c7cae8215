"""Pair trading numerics: hedge ratio, innovation bands, signals, regimes, cointegration.

Price 1 is H (regressor x = ln H), price 2 is z (regressand y = ln z). Everywhere a spread position
of +1 is long z, short H, and a positive innovation means z is expensive. Pair strategies and their
backtests call it; it imports numpy, scipy.special and this room's array types.
"""
