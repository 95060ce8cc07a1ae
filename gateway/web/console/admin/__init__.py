"""Administration: accounts, officers, dated tables, retention."""
