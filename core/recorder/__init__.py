"""The recorder: once a minute a picture of the whole market goes to the store.

`Recorder` (minute.py) is the thread, `minute_batches` (snapshot.py) the picture. The desk starts
it; it reads the board and the published pricing. Imports store, pricing, market, domain.
"""
