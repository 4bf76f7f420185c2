"""`iamfa completion SHELL`: the script that a shell reads to complete command lines."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console


@command(name="completion", formats=("text",))
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def COMMAND(asked: Asked, console: Console, /, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash:  eval "$(iamfa completion bash)"       in ~/.bashrc
    zsh:   eval "$(iamfa completion zsh)"        in ~/.zshrc
    fish:  iamfa completion fish > ~/.config/fish/completions/iamfa.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None, "the choices are shells that click knows"
    group = click.get_current_context().find_root().command
    # A shell's own `source` may start that shell to ask its version; the script is wanted, whoever runs it later.
    console.write(ShellComplete.source(kind(group, {}, "iamfa", "_IAMFA_COMPLETE")) + "\n")
