"""The door for other agent systems: A2A 1.0 over JSON-RPC and server-sent events. A task is a run."""
