"""What is decided: pure rules, without I/O, clock, chance of their own, or log."""
