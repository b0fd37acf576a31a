"""One module for each source system: which columns of its exports are which of our records."""
