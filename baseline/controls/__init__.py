"""Controls: one file per service; plain functions that know no boto3 and no troposphere.

The second pair of eyes: nothing here is imported by a blueprint, nor the other way round.
"""
