"""From text to the syntax tree: lexer, LALR parser, tree; errors come back as diagnostics."""
