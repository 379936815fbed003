"""The pages, a file for each noun: read what was sent, ask an operation, render a template."""
