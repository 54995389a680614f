"""What applicants and experts say to one another before a decision: responses to reviews, debates for and against."""
