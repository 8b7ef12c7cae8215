"""What the store knows, read back: at the start by the journal, later by the screens of the past.

`Queries` (queries.py) holds them all; every one has a time limit and belongs on a thread that may
wait. Imports the rows, the server's connections and array types.
"""
