"""The doors of chats."""
