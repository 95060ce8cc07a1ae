"""Commands of `palang`: factories that take what they need; gateway/main.py puts them together."""
