"""An AWS account as values: who is in it, what is attached to whom, and the policies that bear on a principal."""
