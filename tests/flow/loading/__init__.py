"""Files and frames → store, through the whole pipeline."""
