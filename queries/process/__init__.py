"""What really happens in tasks of a kind: steps, what follows what and after how long, and the ways that cases take."""
