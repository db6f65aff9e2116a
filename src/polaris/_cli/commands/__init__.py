"""The verbs of the command line, one file each: read the arguments, call a room below, print the answer."""
