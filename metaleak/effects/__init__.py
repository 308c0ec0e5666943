"""Study tables and the scales that put counts on a line."""
