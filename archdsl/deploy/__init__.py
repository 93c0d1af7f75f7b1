"""Forms to ship a network in: programs, ONNX, packages, weights that bring their spec along."""
