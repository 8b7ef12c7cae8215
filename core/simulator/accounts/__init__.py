"""Money: balances, positions, fees, margin and the figures an account shows.

The matching engine books fills here and the settlement books sessions; methods and feeds read.
Amounts and money are exact decimals. May import `markets`.
"""
