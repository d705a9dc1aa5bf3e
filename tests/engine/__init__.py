"""The program under Pulumi's real command line and engine, with stand-ins for the AWS provider."""
