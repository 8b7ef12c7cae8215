"""What we hold: every fill once, per sleeve and in total, compared with the venue.

The engine writes it on the loop thread; strategies read it through `Holdings`. Imports
domain and the journal's records.
"""
