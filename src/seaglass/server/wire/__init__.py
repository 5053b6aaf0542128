"""rest-json from the botocore service model: router, parse, validate, serialize, faults, pages."""
