"""Everything Voldesk does without a screen.

Values, numerics, market state, venues, trading, storage. `tui` calls it; nothing here
imports `tui`, Textual or Rich.
"""
