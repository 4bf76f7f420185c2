"""The way out to AWS, or to a sandbox: typed calls, and AWS's errors as ours."""
