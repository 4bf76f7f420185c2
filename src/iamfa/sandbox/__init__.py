"""A local IAM and STS that enforces: every request is authenticated and decided before anything happens."""
