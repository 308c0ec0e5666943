"""The review as a project: its steps, what is stale, how a new one starts."""
