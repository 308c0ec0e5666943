"""Findings about the sheets: every broken rule, with its place."""
