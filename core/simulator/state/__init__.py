"""What survives the process: an exchange that was stopped or killed goes on as the same one.

Two files. The state file is a picture of everything that moves, swapped in whole every five
seconds and at a clean end. Beside it the history file is appended to: finished minutes, public
trades, funding, settlements and other rows of the public past, records of accounts, and every
change of an account since the last picture.

A lock beside them refuses a second process.

Promised: a change of an account (orders, executions, money, positions, ids) is handed to the
operating system before the answer or notification that tells of it, so killing the process loses
and doubles nothing that was acknowledged. Only prices, quotes and strangers' trades of the last
five seconds are drawn anew. When the machine itself fails, what happened after the last picture may
be lost; what is read back is whole to the point where it ends.

Called by the command line and the server; imports the exchange and everything below it.
"""
