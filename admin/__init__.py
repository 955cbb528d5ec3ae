"""The desk side: the staff panel. The residents' site is its own application in `admin.public`."""
