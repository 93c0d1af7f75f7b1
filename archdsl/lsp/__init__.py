"""The language server: what editors show of a spec. All but `server` and `convert` is pure."""
