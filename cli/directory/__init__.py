"""`leave directory`: the employees, from and to a CSV file."""
