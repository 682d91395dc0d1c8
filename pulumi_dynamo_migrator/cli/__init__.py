"""What can be asked and said from another terminal: one file per command. Makes and removes nothing in AWS."""
