"""How a finding becomes work: a task where it was issued, one for each counterparty, and their answers back."""
