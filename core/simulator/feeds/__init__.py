"""Subscriptions: one object per channel that knows its subscribers and when it speaks.

The hub is told what changed and calls the channels; sessions join and leave. May import markets,
matching, accounts and rpc; knows sessions only as something that takes frames.
"""
