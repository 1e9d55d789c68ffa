"""What may be said: the rules that hold for a registry as a whole."""
