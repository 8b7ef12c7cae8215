"""The Kalman pair trader: bars of two mids in, targets of two legs out.

`trader` is the strategy the loop calls; `bars`, `model`, `clip`, `legs` and `margin` are its
parts, each testable alone. `fits` holds the heavy fits over history and is imported only by
who runs it in the background, never by this room's other files.
"""
