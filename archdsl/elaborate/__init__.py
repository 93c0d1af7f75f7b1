"""From the syntax tree to the IR: names, defaults, expressions, blocks, tables and shapes."""
