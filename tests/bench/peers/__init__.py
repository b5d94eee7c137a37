"""What `bench ingest` compares with, each written as its own documentation advises and run as a process of its own."""
