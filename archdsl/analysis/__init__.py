"""Facts about a network, computed from its IR alone."""
