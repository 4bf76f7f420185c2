"""The policies of the tour, as people published and copied them; they travel inside the package."""
