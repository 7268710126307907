"""`runt/api`: one module for each resource, thin over the client. What they accept and answer is written in openapi.yaml."""
