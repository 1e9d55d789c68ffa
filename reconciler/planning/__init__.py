"""Plans: the desired state compared with the observed one."""
