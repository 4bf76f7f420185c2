// The story in another language: AWS's JavaScript SDK against a sandbox. The environment names the endpoint, the Region
// and the key of `own-user`; what was seen is printed as JSON, a line for each step, and judged by the test.

import { createHmac } from "node:crypto";
import {
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GenerateCredentialReportCommand,
  GetAccountSummaryCommand,
  GetUserCommand,
  IAMClient,
  ListMFADevicesCommand,
  paginateListUsers,
} from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";

const STEP_SECONDS = 30;
// The sandbox's time stands still; it is asked to move on by its own control plane, as a test would in any language.
const control = { url: process.env.AWS_ENDPOINT_URL, token: process.env.IAMFA_TOKEN };
let now = Number(process.env.IAMFA_NOW);

// RFC 4648: a seed in base32, as it is typed into an app.
function bytesOf(base32) {
  let bits = "";
  for (const letter of base32.replace(/=+$/, "")) {
    bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  }
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

// RFC 6238 with AWS's parameters: HMAC-SHA-1, six digits, steps of thirty seconds.
function codeOf(seed, seconds) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / STEP_SECONDS)));
  const digest = createHmac("sha1", bytesOf(seed)).update(counter).digest();
  const at = digest[digest.length - 1] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function advance(seconds) {
  const answer = await fetch(`${control.url}/_iamfa/clock`, {
    method: "POST",
    headers: { Authorization: `Bearer ${control.token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ advance: seconds }),
  });
  if (!answer.ok) throw new Error(`the clock answers ${answer.status}: ${await answer.text()}`);
  now += seconds;
}

function tell(step, seen) {
  console.log(JSON.stringify({ step, ...seen }));
}

async function refused(step, call) {
  try {
    await call();
    tell(step, { refused: false });
  } catch (error) {
    tell(step, {
      refused: error instanceof Error && error.$fault !== undefined,
      name: error.name,
      message: error.message,
      status: error.$metadata?.httpStatusCode,
      fault: error.$fault,
      requestId: error.$metadata?.requestId,
    });
  }
}

const settings = { maxAttempts: 1 };
const iam = new IAMClient(settings);
const sts = new STSClient(settings);
const s3 = new S3Client({ ...settings, forcePathStyle: true });

const { Arn, Account } = await sts.send(new GetCallerIdentityCommand({}));
tell("who", { arn: Arn, account: Account });
await refused("buckets without MFA", () => s3.send(new ListBucketsCommand({})));

const made = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "googleAuthentication" }));
const { SerialNumber, Base32StringSeed, QRCodePNG } = made.VirtualMFADevice;
const seed = Buffer.from(Base32StringSeed).toString("ascii");
tell("device", { serial: SerialNumber, seedLength: seed.length, png: Buffer.from(QRCodePNG).subarray(1, 4).toString() });

const enable = (first, second) =>
  iam.send(
    new EnableMFADeviceCommand({
      UserName: "own-user",
      SerialNumber,
      AuthenticationCode1: first,
      AuthenticationCode2: second,
    }),
  );
await refused("wrong codes", () => enable("000000", "000001"));
await enable(codeOf(seed, now - STEP_SECONDS), codeOf(seed, now));
const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName: "own-user" }));
tell("enabled", {
  devices: MFADevices.map((each) => each.SerialNumber),
  isDate: MFADevices[0].EnableDate instanceof Date,
  enabled: MFADevices[0].EnableDate.getTime() / 1000,
});

await refused("a code of another device", () =>
  sts.send(new GetSessionTokenCommand({ SerialNumber: SerialNumber.replace(/[^/]*$/, "own-user"), TokenCode: "000000" })),
);
await advance(STEP_SECONDS);
const asked = { SerialNumber, TokenCode: codeOf(seed, now), DurationSeconds: 900 };
const { Credentials } = await sts.send(new GetSessionTokenCommand(asked));
tell("session", {
  key: Credentials.AccessKeyId.slice(0, 4),
  isDate: Credentials.Expiration instanceof Date,
  seconds: Math.round(Credentials.Expiration.getTime() / 1000 - now),
});
await refused("the same code again", () => sts.send(new GetSessionTokenCommand(asked)));

const withMfa = {
  ...settings,
  credentials: {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  },
};
const { Buckets } = await new S3Client({ ...withMfa, forcePathStyle: true }).send(new ListBucketsCommand({}));
tell("buckets with MFA", { buckets: Buckets ?? [] });

const privileged = new IAMClient({
  ...settings,
  credentials: { accessKeyId: process.env.ADMIN_KEY_ID, secretAccessKey: process.env.ADMIN_SECRET },
});
await refused("nobody", () => privileged.send(new GetUserCommand({ UserName: "nobody" })));
const names = [];
let pages = 0;
for await (const page of paginateListUsers({ client: privileged, pageSize: 1 }, {})) {
  pages += 1;
  names.push(...page.Users.map((each) => each.UserName));
}
tell("pages", { pages, names });
const { State } = await privileged.send(new GenerateCredentialReportCommand({}));
tell("report", { state: State });
const { SummaryMap } = await privileged.send(new GetAccountSummaryCommand({}));
tell("summary", { users: SummaryMap.Users, devicesInUse: SummaryMap.MFADevicesInUse });
