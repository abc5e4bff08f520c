"""The Holter report of a recording: its figures, its conclusion in sentences, and the forms they take."""
