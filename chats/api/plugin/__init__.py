"""The chat half of the plugin API (API-1): what a visitor's page calls."""
