"""The past for the screens: questions to the store, answered on a thread of their own.

A screen asks again and again and reads what is there; it never waits. `service` is the thread,
`questions` are what can be asked, `past` the values that come back, `stored` makes them of rows.
Called by tui; imports the store and what pricing publishes.
"""
