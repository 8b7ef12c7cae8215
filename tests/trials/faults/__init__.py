"""Every fault at every moment that matters: how it is aimed, the moments, the table."""
