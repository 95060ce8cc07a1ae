"""Joins each area of the staff console with the services and the store behind it."""
