"""Forms of the reviews app: shape of input, no rules."""
