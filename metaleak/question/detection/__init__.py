"""The parts of an analysis that adjusts rates for imperfect detection."""
