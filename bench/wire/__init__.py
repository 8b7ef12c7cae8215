"""What the benchmarks of the wire share: the traffic, a venue that sends it, and the reckoning.

`bench.transport`, `bench.feed`, `bench.decode` and `bench.busy` are built from it. May import
`core` and the peers that are measured.
"""
