"""The review's CSV sheets: what columns they have, how they are read and written."""
