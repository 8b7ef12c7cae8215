"""Orders: checking them, matching them, and watching the ones that wait for a trigger.

The exchange owns the engine; methods call it; feeds hear of what it did. May import `markets` and
`accounts`.
"""
