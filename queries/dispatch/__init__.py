"""Who should handle a task: by grid, level, expertise and present load, with a reason; and how well that works."""
