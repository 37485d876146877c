"""What pages of official documents show, made of rows that the queries fetched."""
