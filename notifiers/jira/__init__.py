"""One Jira ticket per incident, with its news as comments."""
