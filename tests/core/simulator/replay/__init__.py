"""The record replayed: every recorded message is provoked on the simulator and compared in shape.

`shapes` compares, `scenes` keeps the exchange on which things happen, `reading`, `channels` and
`trading` provoke, `allowed` holds the differences with their reasons.
"""
