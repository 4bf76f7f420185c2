// Who a profile makes one, by the SDK's own chain of providers: AWS_PROFILE names it, and its `credential_process` is run.

import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const settings = { maxAttempts: 1 };
const { Arn } = await new STSClient(settings).send(new GetCallerIdentityCommand({}));
const { Buckets } = await new S3Client({ ...settings, forcePathStyle: true }).send(new ListBucketsCommand({}));
console.log(JSON.stringify({ arn: Arn, buckets: Buckets ?? [] }));
