"""What a program may expect of Cloud Storage, by subject."""
