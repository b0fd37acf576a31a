"""What is counted of officers' work, for whom, and which events are behind each number."""
