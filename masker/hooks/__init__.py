"""What is told and done around a run: commands of the team's own, and messages to the services it uses."""
