"""A desk in a process of its own, killed in the middle of everything, and what it knows after."""
