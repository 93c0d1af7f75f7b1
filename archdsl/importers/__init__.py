"""Other forms of networks, brought into the language."""
