"""Internal control: one module a rule, in the step (`check`), over history (`scan`), and what becomes of alerts."""
