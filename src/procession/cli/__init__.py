"""The command line: `procession COMMAND`. Every command has `--json`, an example in its help, exit code 0, 1 or 2."""
