"""A report as one page that needs nothing else."""

def page(report, bands):
    return ""
