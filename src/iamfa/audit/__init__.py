"""An account judged user by user: who is forced to use MFA, who has a device, who could lift it all; and findings."""
