"""The way in: `iamfa` and `python -m iamfa`. The one call that programs make again and again takes a short way."""

import sys


def main() -> None:
    """Run the command line of this process and exit."""
    if sys.argv[1:2] == ["credential-process"]:
        import os
        import time

        from iamfa.session.cached import answer

        found = answer(sys.argv[2:], os.environ, time.time())
        if found is not None and sys.stdout is not None:
            try:
                sys.stdout.write(found + "\n")
                sys.stdout.flush()
            except BrokenPipeError:
                # Nobody reads on: what is buffered goes nowhere, so that the interpreter does not complain at its end.
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                sys.exit(141)
            return
    from iamfa.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
