"""Everything about one subject on one page: household, person, bureau and officer view. Called by api."""
