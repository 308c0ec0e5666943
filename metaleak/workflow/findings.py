"""Findings of the check as lines for a person and as plain values for scripts and the page."""
