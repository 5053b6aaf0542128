"""The shipped test kit: faulty and forgetful files, contract suites for stores. Needs pytest."""
