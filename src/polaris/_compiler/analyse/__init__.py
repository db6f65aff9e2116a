"""Second stage: what every signature says. Nobody else reads a type hint."""
