"""Pictures of the workflow."""
