"""Kinds of analyses that show what people judged: named in :mod:`metaleak.question.kinds`."""
