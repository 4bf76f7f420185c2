"""The policy language: text, documents, globs, variables, operators, keys and the catalogue of actions."""
