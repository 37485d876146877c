"""Towns, enterprises, figures, rounds, applications, evidence and certifications."""
