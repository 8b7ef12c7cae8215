"""Working towards amounts: the router for what strategies want, the closer for what must go.

The engine turns them on every event. They send through the gateway only. Imports the
trading rooms beside it, the board and domain.
"""
