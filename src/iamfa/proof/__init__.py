"""Every request at once instead of one: emptiness of languages of globs, and the questions that rest on it."""
