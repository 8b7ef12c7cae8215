"""The tape: the market as it came over the wire, recorded to files and played back.

`core.desk` gives a `Recorder` to the market links as their tap, or a `TapeSource` to the board
instead of links; `python -m core tape` reads and cuts recordings. The room imports market,
domain, clock, service, settings and the Deribit decoder and replica, so that a tape is read by
the same code as a socket.
"""
