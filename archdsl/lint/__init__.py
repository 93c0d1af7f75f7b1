"""What is legal and probably not meant: rules over the tree and the design, each with a page."""
