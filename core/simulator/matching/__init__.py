"""Orders: checking them, matching them, and moving those that wait, hang on others, or are quotes.

The exchange owns the engine and the desks around it: triggers, links, quotes, protection, pricing.
Methods call them; feeds hear of what they did. May import `markets` and `accounts`.
"""
