"""What happened and what the market looked like, in PostgreSQL; nothing is lost while it is down.

`Writer.put` takes batches from any thread and never blocks; they go to files on disk first
(`spool`) and from there into the database (`drain`), in order, once. Its rooms: `tables` and `rows`
say what is written, `server` where, `queries` read it back. The recorder and the desk call it. It
imports domain, clock, errors and service, never trading: rows of its own stand for what is written.
"""
