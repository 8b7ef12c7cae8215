"""Tests of the embedded exchange, most of them against a real child process."""
