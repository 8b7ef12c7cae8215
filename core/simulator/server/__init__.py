"""The front of the exchange: sockets, sessions, tokens, rate limits and faults.

The only part that knows aiohttp. It turns frames into calls of `methods` and sends what the
channels say.
"""
