"""Changes to the SDKs' files as steps: shown before they are made, made on the file as it then is, and taken back.

A step says what it expects to find. So two programs can change one file after each other, and what was done can be
undone in a file that went on changing elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from iamfa.errors import InputError
from iamfa.policy.edit import Edit, apply, diff
from iamfa.session.aws_file import AwsFile
from iamfa.session.profiles import KEY_ID, SECRET_KEY, TOKENS, AwsFiles

Which: TypeAlias = Literal["config", "credentials"]
SECRETS: Final = frozenset({SECRET_KEY, *TOKENS})
"""Settings whose values are shown to nobody."""
EXPIRATION: Final = "aws_credential_expiration"
"""Where the end of a session is told, in UTC, as aws-vault does; the SDKs read it in the environment, not in a file."""
TEMPORARY: Final = (KEY_ID, SECRET_KEY, *TOKENS, EXPIRATION, "expiration", "x_security_token_expires")
"""What tools write for a session: aws-mfa and awsume say `expiration`, saml2aws the last one."""
_HIDDEN = "(hidden)"


class ChangedError(InputError):
    """A file no longer says what a step expects to find."""

    def __init__(self, message: str, *, hint: str | None = "run the command again, for a plan that fits") -> None:
        super().__init__(message, hint=hint)


@dataclass(frozen=True, slots=True)
class SetValue:
    """Write, replace or remove one value; None stands for a key that is not there."""

    which: Which
    section: str
    key: str
    old: str | None = field(repr=False)
    new: str | None = field(repr=False)

    def made(self, file: AwsFile) -> AwsFile:
        """The file after this step. Raises `ChangedError` where the old value is not there."""
        section = file.section(self.section)
        setting = section.find(self.key) if section else None
        if section is None or (setting.value if setting else None) != self.old:
            raise ChangedError(f"`{file.path}` has been changed: `{self.key}` in `[{self.section}]` is another one")
        if self.new is None:
            return file.edited(file.remove(self.section, self.key))
        return file.edited(file.put(self.section, self.key, self.new))

    def undone(self) -> SetValue:
        """The step back."""
        return SetValue(self.which, self.section, self.key, self.new, self.old)


@dataclass(frozen=True, slots=True)
class NewSection:
    """Add a section at the end."""

    which: Which
    section: str
    settings: Mapping[str, str] = field(repr=False)

    def made(self, file: AwsFile) -> AwsFile:
        """The file after this step. Raises `ChangedError` where there is such a section."""
        if file.section(self.section) is not None:
            raise ChangedError(f"`{file.path}` has been changed: it has a section `[{self.section}]` now")
        return file.edited(file.add_section(self.section, self.settings))

    def undone(self) -> GoneSection:
        """The step back."""
        return GoneSection(self.which, self.section, self.settings)


@dataclass(frozen=True, slots=True)
class GoneSection:
    """Take a section out, all of which is known."""

    which: Which
    section: str
    settings: Mapping[str, str] = field(repr=False)

    def made(self, file: AwsFile) -> AwsFile:
        """The file after this step. Raises `ChangedError` where the section says anything else."""
        section = file.section(self.section)
        found = {setting.name: setting.value for setting in section.settings} if section else None
        if found != {key.lower(): value for key, value in self.settings.items()}:
            raise ChangedError(f"`{file.path}` has been changed: `[{self.section}]` says something else now")
        return file.edited(file.remove_section(self.section))

    def undone(self) -> NewSection:
        """The step back."""
        return NewSection(self.which, self.section, self.settings)


Step: TypeAlias = SetValue | NewSection | GoneSection


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done to both files, and what a user should know or do besides."""

    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    """Profiles that give MFA sessions once this is done, to be named to the AWS CLI."""

    def made(self, files: AwsFiles) -> AwsFiles:
        """Both files with all steps made, in memory. Raises `ChangedError` where they do not fit."""
        found = {"config": files.config, "credentials": files.credentials}
        for step in self.steps:
            found[step.which] = step.made(found[step.which])
        return files.with_files(found["config"], found["credentials"])

    def diffs(self, files: AwsFiles) -> tuple[str, ...]:
        """The change of each file as a unified diff, none for one that stays; secrets are not shown."""
        after = self.made(files)
        pairs = ((files.config, after.config), (files.credentials, after.credentials))
        texts = (diff(_shown(old), _shown(new), old.path.name) for old, new in pairs)
        return tuple(text for text in texts if text)

    def undone(self) -> Plan:
        """The plan that takes this one back."""
        return Plan(tuple(step.undone() for step in reversed(self.steps)))


def together(plans: Iterable[Plan]) -> Plan:
    """Plans, each made for what the ones before leave, as one."""
    parts = tuple(plans)
    return Plan(
        tuple(step for plan in parts for step in plan.steps),
        tuple(dict.fromkeys(note for plan in parts for note in plan.notes)),
        tuple(dict.fromkeys(name for plan in parts for name in plan.profiles)),
    )


def _shown(file: AwsFile) -> str:
    """The text without its secrets, so that a diff can be shown."""
    edits = [
        Edit(start, end, "") if index else Edit(setting.written[0], setting.written[1], _HIDDEN)
        for section in file.sections
        for setting in section.settings
        if setting.name in SECRETS
        for index, (start, end) in enumerate(setting.lines)
    ]
    return apply(file.text, edits)
