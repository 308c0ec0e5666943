"""Arrays in, arrays out, batched on the leading axis."""
