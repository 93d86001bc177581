"""AWS: the only boto3, one file for each family of services that we speak to."""
