"""The kinds of import of this app: enterprises, honours, figures, towns named before."""
