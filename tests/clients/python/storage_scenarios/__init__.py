"""What programs may expect of Cloud Storage, by subject."""
