"""What was, beside candles and trades: funding accrued, marks by the second, public settlements.

The exchange steps them, requests for the past read them. Imports the floor and everything below it.
"""
