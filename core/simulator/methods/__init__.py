"""The venue's methods: one function each, from parameters to a plain result.

Grouped as in the venue's documents. `table.METHODS` names them all; the server calls them with a
`Call`. They raise RpcError and touch no socket.
"""
