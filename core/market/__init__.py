"""The replicated market: one book per instrument, the last ticker of each, and the board of all.

Links write it, everyone else reads it. Imports domain and clock only.
"""
