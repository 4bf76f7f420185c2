"""Devices, keys and sessions of one user as a machine: states, moves, and the shortest traces through them."""
