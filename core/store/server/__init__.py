"""The PostgreSQL behind the store: the server that comes along or a configured one, and its schema.

`Database` (postgres.py) is the one way to a connection; writer, queries and `python -m core db` use
it. Imports errors and the migrations in `sql/`.
"""
