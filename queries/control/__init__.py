"""Internal control: one module a rule, inside the step (`check`) and over history (`scan`), and what becomes of alerts."""
