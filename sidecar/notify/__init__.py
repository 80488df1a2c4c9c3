"""What is told to other people's programs: signed by who knows it, sent from here."""
