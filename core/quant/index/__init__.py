"""The 30-day volatility index of a chain, its variance swap, and volatility that was realised.

Arrays in, frozen values out. The pricing service and the trial over recorded chains call it.
It imports the option pricing and the SVI slices of this room, and numpy.
"""
