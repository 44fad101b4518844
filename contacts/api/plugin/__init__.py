"""The plugin API (api.md): what pages of a site call with its plugin key."""
