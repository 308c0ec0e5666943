"""Which rows of the sheets answer a question."""
