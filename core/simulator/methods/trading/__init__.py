"""Trading methods: placing, editing and cancelling orders, mass quotes, and their protection.

The table of methods names them. May import the desks of `matching` and `accounts`.
"""
