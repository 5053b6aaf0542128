"""Worker processes as the front sees them: a fleet that implements `control.ports.Fleet`."""
