"""The recorded option chains, whole: what the numerics make of two months of a real market."""
