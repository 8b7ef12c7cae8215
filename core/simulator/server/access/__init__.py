"""Who may come in and how much they may ask: logins, tokens, scopes, credits, connections.

`web`, `session` and `dispatch` ask here; nothing here knows sockets.
"""
