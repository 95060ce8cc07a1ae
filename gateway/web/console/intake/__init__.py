"""The console's intake: files come in with a preview, rows and reasons are shown, files go back."""
