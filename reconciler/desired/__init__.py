"""The desired state: what a commit or the files of a work tree say."""
