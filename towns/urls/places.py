"""Where the addresses of an office and of a town begin."""

OFFICE = "o/<slug:office>/"
TOWN = OFFICE + "towns/<int:pk>/"
