"""What every chapter needs to show things: figures, explorations, data."""
