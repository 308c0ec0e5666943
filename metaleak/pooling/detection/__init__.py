"""The model of leaks that one imaging shows and another misses."""
