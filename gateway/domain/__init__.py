"""Values and rules:

pure, no file, no socket, no clock. Everything else may import this; it imports nothing of ours.
"""
