"""The intermediate representation: networks as graphs of shared modules."""
