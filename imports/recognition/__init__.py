"""Which workbook it is, which sheet, which rows are heads, which column is which field."""
