"""What travels between the layers: frozen values, with no behaviour beyond comparison and formatting."""
