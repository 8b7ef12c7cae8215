"""The adapters: Deribit and the tape, behind the protocols in `base`.

`core.desk` builds them. They write the board (market links) and post facts into the inbox
(trading link). They import domain, market, clock, service and errors, never trading or tui.
"""
