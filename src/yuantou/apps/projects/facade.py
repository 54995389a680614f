"""What other apps and the site may use of projects."""

from yuantou.apps.projects.calendar import follow_projects

__all__ = ["follow_projects"]
