"""Models that pool a study table, and the one result that they return."""
