"""The web: what is spent and what burns, as JSON, as a stream of changes and as one page."""

from spendwatch.web.around import WebSettings
from spendwatch.web.site import application

__all__ = ["WebSettings", "application"]
