"""What leaves the review: tables for spreadsheets and manuscripts, an R script that computes the numbers again."""
