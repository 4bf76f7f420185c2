"""The way in: `iamfa` and `python -m iamfa`. The one call that programs make again and again takes a short way."""

import sys


def main() -> None:
    """Run the command line of this process and exit."""
    if sys.argv[1:2] == ["credential-process"]:
        pass
    from iamfa.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
