"""People in real Chromium: what they see, type and lose."""
