"""The plan, what it is made of, and how to make, walk and print it."""
