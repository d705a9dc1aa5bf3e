"""The leave approval system: exactly what ships to Lambda."""
