"""`python -m core db migrate|status|vacuum|export`: the store by hand, with or without a desk.

`run` (cli.py) reads the command line; `core.__main__` calls it. Imports settings, the server, the
tables and the spool.
"""
