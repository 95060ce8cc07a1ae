"""Reads incoming files into rows of cells, workbooks in a child process with limits."""
