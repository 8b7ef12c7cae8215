"""The trade's own words as frozen values: instruments, orders, fills, positions, outcomes, facts.

Everyone uses them. They import nothing of ours but `core.clock` and `core.errors`. Money,
prices of orders and amounts are Decimal; units are in the names or in the docstrings.
"""
