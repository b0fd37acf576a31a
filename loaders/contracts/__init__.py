"""What each canonical record must look like, as data, and the checks derived from it. Entered through `check`."""
