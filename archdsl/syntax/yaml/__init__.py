"""The YAML form of a spec: the same statements as data, for programs that write specs."""
