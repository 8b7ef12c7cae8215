"""How each kind of text is read: amounts, instruments, short orders, sentences, controls.

Only `core.commands.table` calls these; each takes a match and a context and returns a Reading
or raises CommandError with one sentence.
"""
