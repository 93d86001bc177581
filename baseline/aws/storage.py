"""Storage: templates too long for a request lie in the bucket that bootstrap made."""

from __future__ import annotations

from baseline.aws.session import Session
from baseline.stack import Place


class Storage:
    """The part of `Cloud` that S3 answers."""

    session: Session

    def put_template(self, place: Place, bucket: str, key: str, text: str) -> str:
        """Lay a template into a bucket of the place's account, nobody else's; its URL."""
        self.session.call(
            place,
            "s3",
            "put_object",
            Bucket=bucket,
            Key=key,
            Body=text.encode(),
            ContentType="application/x-yaml",
            ExpectedBucketOwner=place.account,
        )
        client = self.session.client(place, "s3")
        endpoint = str(client.meta.endpoint_url)
        if "amazonaws.com" in endpoint:
            host = endpoint.removeprefix("https://")
            return f"https://{bucket}.{host}/{key}"
        return f"{endpoint}/{bucket}/{key}"
