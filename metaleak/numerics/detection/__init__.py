"""The likelihood of leaks that one imaging shows and another misses, as arrays in batches."""
