"""Pure numerics: arrays and numbers in, frozen results out.

Options are priced and inverted here, surfaces fitted, pairs filtered, hedges sized. The simulator,
the strategies, the recorder, the backtest and the screen's view models call it. It imports numpy
and scipy and nothing of ours but this folder; no I/O, clock, logging, threads or settings. The one
exception is `vollib_engine`, which imports py_vollib_vectorized inside its function as a second
opinion.
"""
