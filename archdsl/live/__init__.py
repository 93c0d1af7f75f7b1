"""Pages of a text as it stands: for files that are compiled, served, or edited in the browser."""
