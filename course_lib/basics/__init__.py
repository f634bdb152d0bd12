"""The ground floor: what every part of the library stands on."""
