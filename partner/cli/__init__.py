"""The commands of `palang-partner`: they read options, call one module, print what it says."""
