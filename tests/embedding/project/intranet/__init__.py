"""A company's intranet, which had its accounts, templates and addresses before it had chat."""
