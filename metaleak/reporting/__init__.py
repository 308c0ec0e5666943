"""Tables, words and the page, made from saved results."""
