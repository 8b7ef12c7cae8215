"""The recorder: once a minute a picture of the whole market goes to the store.

`Recorder` (minute.py) is the thread, `minute_batches` (snapshot.py) the picture, from one still
board; `skipped` remembers minutes without one. The desk starts it. Imports store, pricing, market,
domain, and of trading the view and the risk's own measure of delta.
"""
