"""Who says what is to be done: commands of the desk, strategies, and the answers they get.

The engine hands commands and ticks in. Sends through the gateway, the router and the
closer only. Imports the trading rooms beside it.
"""
