"""Back ends: from the IR to text that others read. None of them sees the syntax tree."""
