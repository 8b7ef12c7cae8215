"""Everything that can be made to go wrong, named in one table and armed by name.

`table` says what there is, `desk` arms it; the rest is where each fault waits for its moment. The
server, the sessions and the dispatcher ask here; faults act on sockets, requests, the exchange and
its market, and import those only.
"""
