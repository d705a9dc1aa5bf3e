"""What the demo reads and prints."""
