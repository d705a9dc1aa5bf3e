"""`leave doctor`: what is misconfigured, and the cure."""
