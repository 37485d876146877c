"""Shape of what the criteria pages and the pages of assessments show."""
