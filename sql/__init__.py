"""The schema: numbered migrations, applied in order when the store starts."""
