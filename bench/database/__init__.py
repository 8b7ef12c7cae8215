"""What `bench.store` measures: `past` makes a month of minutes, `write` and `ask` take the time."""
