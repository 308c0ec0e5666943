"""What is built from several fits: groups and their differences."""
