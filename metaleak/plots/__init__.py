"""Figures: layouts as plain data, drawing, saving."""
