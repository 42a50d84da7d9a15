"""What an import would do, said before anything is written."""
