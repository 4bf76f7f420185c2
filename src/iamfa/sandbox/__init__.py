"""A local IAM + STS that really enforces: requests in, AWS's answers and AWS's errors out."""
