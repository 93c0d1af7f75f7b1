"""IR to PyTorch: readable source, and live modules by running that source."""
