"""How bytes reach the disk: atomic writes, one lock, digests, strict JSON."""
