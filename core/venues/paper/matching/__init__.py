"""Who would have traded: orders against the replicated book and the public trades. No threads.

`exchange.Exchange` is driven by the paper venue's thread alone and hands back facts. What the
book does not show is decided against the order. Imports domain, market, errors, the venue's
words of refusal and `core.venues.paper.money`.
"""
