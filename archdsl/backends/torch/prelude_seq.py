"""Classes that generated modules carry along, for attention, sequences and reshapes."""
