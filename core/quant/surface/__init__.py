"""The volatility surface: usable quotes, slices, grids, constant-delta points and SVI fits.

The recorder, the volatility screen and the simulator's checks call it. It imports the option
pricing of this room (`black`, `implied`), numpy and scipy.special.
"""
