"""The Jupyter server extension: the client's calls over REST, WebSocket and SSE, and a live page. It executes nothing."""
