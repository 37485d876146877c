"""Pages of the reviews app, split by subject."""
