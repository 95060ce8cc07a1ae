"""Cases: one number's whole story, masked until somebody says why."""
