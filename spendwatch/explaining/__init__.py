"""Why a charge or an incident is as it is, from what stands on the log."""
