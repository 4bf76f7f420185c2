"""One request against the policies that bear on it gives one verdict, which is its own explanation."""
