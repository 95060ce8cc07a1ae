"""The parts of the demonstration, in the order in which they are told."""
