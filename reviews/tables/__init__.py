"""What lists and parts of the reviews pages show: rows, steps and cards, no rules."""
