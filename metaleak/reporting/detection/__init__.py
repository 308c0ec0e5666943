"""The parts of the page on what CT would have shown."""
