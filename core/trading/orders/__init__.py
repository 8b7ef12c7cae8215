"""Orders from intent to their end: one machine each, one list of all, one way to the venue.

The engine folds reports in; commands, router and closer send through `Gateway`. Imports
domain, the venue protocol, the journal, and the risk gate.
"""
