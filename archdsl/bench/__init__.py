"""How fast a network runs: measured here, or estimated for a card that is not here."""
