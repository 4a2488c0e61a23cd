"""Raw mail as it comes in, read into what people see: sender, subject, text, attachments. Pure Python, no Django."""
