"""A program that ends with a text."""
raise SystemExit("that was all")
