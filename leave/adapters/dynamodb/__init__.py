"""The stage's one DynamoDB table."""
