"""One Slack message per incident, edited in place, with its news in the thread."""
