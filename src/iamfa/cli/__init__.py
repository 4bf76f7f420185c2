"""The command line: the only room that reads argv, environ and standard input, prints, prompts or exits."""
