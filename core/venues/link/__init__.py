"""Connections as such, of any venue: sockets, reconnecting, rate limits. No venue's words here.

The adapters build their links from these parts. Imports service, errors and websocket-client.
"""
