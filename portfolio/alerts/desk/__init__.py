"""What people see of alerts and do with them."""
