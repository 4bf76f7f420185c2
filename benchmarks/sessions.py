"""A session that is kept, given out by a whole `iamfa credential-process`, beside a Python that does nothing.

AWS's tools start the command again for each of their own calls, so this is what people wait for. It is measured where
it counts: the wheel, built and installed into an environment of its own, which holds nothing else.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Row, medians, ratio, seconds_of
from iamfa.device.own_user import OwnUser
from iamfa.gateway.aws import Aws
from iamfa.gateway.ports import Credentials
from iamfa.otp import STEP_SECONDS, code_of, step_of
from iamfa.sandbox.embedded import ADMINISTRATOR, Sandbox
from iamfa.secret import Secret
from iamfa.session.cache import Cache, Kept
from iamfa.session.cached import session_key

TURNS = 60
LOGINS = 9
PLAIN_SCRIPT = """#!{python}
import sys
from iamfa.__main__ import main
if __name__ == "__main__":
    sys.exit(main())
"""
"""As uv, and pip from 25.2 on, write it; older ones load regular expressions in each script, which costs 7 ms."""
KEY_ID = "AKIAIOSFODNN7EXAMPLE"


def rows() -> list[Row]:
    """The rows of the table."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        python = installed(folder)
        environment = furnished(folder / "home")
        plain = python.with_name("plain")
        plain.write_text(PLAIN_SCRIPT.format(python=python))
        plain.chmod(0o700)
        arguments = ("credential-process", "--profile", "work")
        scripts = [(plain,), (python.with_name("iamfa"),), (python, "-m", "iamfa"), (python, "-I", "-m", "iamfa")]
        commands = [
            (python, "-c", "pass"),
            *((*script, *arguments) for script in scripts),
            (python, "-c", "import json"),
        ]
        for command in commands[1:-1]:
            assert '"Version": 1' in run(environment, *command), command
        turns = seconds_of(*(partial(run, environment, *command) for command in commands), turns=TURNS)
    bare, first, *_ = medians(turns)
    units = [ratio(turns, job, 0) for job in range(len(commands))]
    return [
        *login_rows(),
        Row("python -c pass", f"{bare * 1e3:.1f} ms"),
        Row("iamfa credential-process, session kept", f"{first * 1e3:.1f} ms"),
        Row("  in units of python -c pass", f"{units[1]:.2f}", "1.4, at most 2", units[1] <= 1.4),
        Row("  the script as the pip here writes it", f"{units[2]:.2f}", "at most 2", units[2] <= 2),
        Row("  python -m iamfa", f"{units[3]:.2f}", "at most 2", units[3] <= 2),
        Row("  python -I -m iamfa", f"{units[4]:.2f}"),
        Row("  python -c 'import json', for comparison", f"{units[5]:.2f}"),
    ]


def login_rows() -> list[Row]:
    """A session that is not kept: the whole `iamfa login`, with a sandbox on loopback for AWS."""
    with TemporaryDirectory() as name, Sandbox(services=False) as box:
        home = Path(name)
        settings = box.environment_of(ADMINISTRATOR)
        key = Credentials(settings["AWS_ACCESS_KEY_ID"], Secret(settings["AWS_SECRET_ACCESS_KEY"]))
        aws = Aws(key, region=box.region, endpoint_url=box.endpoint_url)
        device = aws.create_virtual_mfa_device("phone")
        step = step_of(box.clock.now())
        codes = (code_of(device.seed, each) for each in (step - 1, step))
        aws.enable_mfa_device(ADMINISTRATOR, device.serial, *codes)
        environment = {**settings, "PATH": os.environ["PATH"], "HOME": name, "IAMFA_CACHE_DIR": str(home / "cache")}

        def login() -> None:
            box.clock.advance(STEP_SECONDS)
            code = box.code("phone")
            run(environment, sys.executable, "-m", "iamfa", "login", "--token-code", code)
            (home / "cache" / "sessions.json").unlink()

        (median,) = medians(seconds_of(login, turns=LOGINS))
    return [Row("iamfa login, nothing kept", f"{median:.2f} s", "1.2 s and the network", median <= 1.2)]


def run(environment: dict[str, str], *command: str | Path) -> str:
    """What a command says."""
    return subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout


def installed(folder: Path) -> Path:
    """The Python of a new environment with the wheel; what is run here needs none of its dependencies."""
    root = Path(__file__).parents[1]
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(root)]
    subprocess.run(build, capture_output=True, check=True)
    venv.create(folder / "environment", with_pip=False)
    python = folder / "environment" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-index", "--no-deps"]
    subprocess.run([*install, *map(str, folder.glob("*.whl"))], capture_output=True, check=True)
    return python


def furnished(home: Path) -> dict[str, str]:
    """The environment of a user whose session is kept, and who has ten profiles."""
    (home / ".aws").mkdir(parents=True)
    profiles = (f"[profile p{n}]\nregion = eu-west-1\noutput = json\ns3 =\n  a = b\n\n" for n in range(9))
    (home / ".aws" / "config").write_text("".join(profiles) + "[profile work]\nregion = eu-west-1\n")
    (home / ".aws" / "credentials").write_text(f"[work]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = x\n")
    now = datetime.now(UTC)
    cache = Cache(home / "cache", now=lambda: now)
    owner = OwnUser("aws", "123456789012", "alice", "arn:aws:iam::123456789012:user/alice")
    cache.remember_owner("", KEY_ID, owner)
    credentials = Credentials("ASIAIOSFODNN7EXAMPLE", Secret("s" * 40), Secret("t" * 900), now + timedelta(hours=12))
    for name in ("alice", "bob", "carol"):
        key = session_key("", owner.partition, owner.account, name, "mfa")
        cache.keep(Kept(credentials, owner, "", now, now, "arn:aws:iam::123456789012:mfa/phone", (), key))
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return kept | {"HOME": str(home), "USERPROFILE": str(home), "IAMFA_CACHE_DIR": str(home / "cache")}
