"""What is published of single options: who inverts prices, what to know of a row, the table.

`volatility` and the pricing service call in here; imports quant, market and the columns of pricing.
"""
