"""rest-json, driven by the botocore service model: routing, parsing, validation, serialisation, faults, pages."""
