"""What is written, one frozen value per row, and the batches made of them.

The recorder, the desk's journal and the queries use them. They import domain and the tables.
"""
