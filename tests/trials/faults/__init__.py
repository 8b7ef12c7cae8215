"""Every fault of the exchange at every moment that matters: how it is aimed, the moments, the table."""
