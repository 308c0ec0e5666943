"""From records to studies: what became of each, and the counts that a report shows."""
