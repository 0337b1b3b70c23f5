"""Who loads this? A module that only one subject of the fake suite imports."""
