"""The commands, one file each: parse, call, render, exit code. Each is imported when it is asked for."""
