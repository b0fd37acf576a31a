"""Work of officers: kinds of tasks, the state machine, the desk that records what is done, services."""
