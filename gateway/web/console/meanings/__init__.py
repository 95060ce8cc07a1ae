"""What the errors of services mean, said as the console's pages say it, by area."""
