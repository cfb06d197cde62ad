"""What is asked, a page for each subject."""
