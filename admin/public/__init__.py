"""The residents' site: its own application, port and origin. It never meets the panel."""
