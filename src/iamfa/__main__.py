"""`python -m iamfa`: the same as the command `iamfa`."""

from iamfa.cli.main import main

if __name__ == "__main__":
    main()
