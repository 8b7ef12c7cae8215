"""Everything Voldesk does without a screen.

The program below the terminal: values, numerics, market state, venues, trading, storage. `tui` calls it;
nothing here imports `tui`, Textual or Rich.
"""
