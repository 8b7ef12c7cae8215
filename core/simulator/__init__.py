"""An embedded Deribit: an exchange in a process of its own, for demos, tests and practice.

It speaks the venue's protocol over WebSocket and HTTP on one local port, with a believable seeded
market behind it. The desk and the tests start it as a child (`python -m core simulator`); nobody
imports it except `core.__main__`. It may import core.quant, core.clock, core.errors and core.logs;
never the client (core.venues), a screen, or anything above.
"""
