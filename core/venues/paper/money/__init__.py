"""The money of a paper account: contracts, positions, margin, settlement. No input or output.

`account.Account` is written by the paper venue's thread alone. The formulas are the venue's own
standard margin and fees; tests hold them against the simulated exchange. Imports domain only.
"""
