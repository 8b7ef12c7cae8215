"""What survives a restart or a kill."""
