"""Pictures of every mail and page, to be looked at by a person: `make pictures`."""
