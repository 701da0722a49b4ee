"""What other systems send, read into the words of this project."""
