"""Values in, values out: no file, clock, network or environment is read here."""
