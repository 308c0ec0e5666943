"""Bibliographic records: read from what databases export, compared, merged and written."""
