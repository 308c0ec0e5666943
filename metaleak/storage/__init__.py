"""How bytes reach the disk and come back as text: atomic writes, locks, digests, encodings, CSV dialects."""
