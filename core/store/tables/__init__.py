"""The tables rows are written to, as the writer needs to know them; `sql/` creates them.

`kinds` says what a table is, `minute` and `facts` name the tables, `catalog` holds them all.
Whoever makes rows for the store imports them; they import nothing of ours.
"""
