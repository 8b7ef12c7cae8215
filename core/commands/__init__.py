"""What may be said to the desk: one table of commands, and the language that reads them.

The screen's keys, palette, help and command line come from `table`; so does the parser in
`language`, which turns a text into a `Reading`: what would be done, in words and as values.
Nothing here sends anything. Imports trading, strategies, pricing, market, quant, domain.
"""
